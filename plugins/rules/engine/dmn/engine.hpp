#pragma once

#include "dmn/explanation.hpp"
#include "dmn/fault.hpp"
#include "dmn/limits.hpp"
#include "feel/evaluation.hpp"
#include "feel/type.hpp"
#include "feel/value.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// DMN models of versions 1.1 to 1.5, compiled once and evaluated by many threads.
namespace rules::dmn {

struct Program;
class Model;
class TableLogic;

struct Source {
    std::string name;  // for faults
    std::string_view xml;
};

struct Compilation {
    std::shared_ptr<const Model> model;  // null if a document could not be read
    Faults faults;                       // all of them; with errors, what they affect evaluates to null
};

// The first source is the model, the others are what it imports, directly or not.
Compilation compile(std::span<const Source> sources, const Limits& limits = {},
                    const feel::Limits& feel_limits = {});

struct Outcome {
    feel::Value value;
    Explanation explanation;  // empty unless it was asked for
};

enum class Explain : bool { kNo, kYes };

class Model {
 public:
    // An element of the model or of an import. An index means the same as long as the model lives.
    struct Entry {
        std::uint32_t index = 0;
        NodeKind kind = NodeKind::kDecision;
        std::string id;
        std::string name;
        std::vector<std::string> import_path;  // names of imports, empty for the model's own
        feel::Type type;                       // of its value; of what is called, of the result
    };

    // A value that an evaluation takes from its inputs.
    struct Input {
        std::string name;
        std::vector<std::string> import_path;
        feel::Type type;
    };

    // A decision table, and the decision or knowledge model in which it stands.
    struct Table {
        std::uint32_t entry = 0;
        std::shared_ptr<const TableLogic> logic;  // dmn/table.hpp
    };

    explicit Model(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

    const std::string& name() const;
    const std::string& id() const;
    const std::string& uri() const;  // its namespace
    std::vector<Entry> entries() const;

    // Of the model and its imports; of a document that is imported more than once each table once.
    std::vector<Table> tables() const;

    // By name or else by id; of an import as `import.name`.
    std::optional<std::uint32_t> find(NodeKind kind, std::string_view name_or_id) const;
    // What can be given to evaluate an element: of a decision all input data that it can reach, of what is
    // called its parameters.
    std::vector<Input> inputs_of(std::uint32_t index) const;

    // Evaluates a decision, a service, or a knowledge model with the inputs by name (those of imports inside
    // contexts that are named like the imports). Never throws for bad inputs: they become null, and the
    // explanation says why. Past a limit of `evaluation`, which the caller checks, the value is null.
    Outcome evaluate(std::uint32_t index, const feel::Value& inputs, feel::Evaluation& evaluation,
                     Explain explain = Explain::kNo) const;

 private:
    Entry entry(std::uint32_t index) const;

    std::shared_ptr<const Program> program_;
};

}  // namespace rules::dmn
