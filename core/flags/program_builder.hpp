#pragma once

#include "core/flags/program.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mortise::flags {

// A node while a rule is being compiled, with its children.
struct Draft {
    Node node;  // `first` and `count` come last
    std::vector<Draft> children;
    bool asks_root = false;   // its value depends on the context, the flag or the time
    bool asks_scope = false;  // … on what the innermost map or the like is at

    bool is_constant() const noexcept { return node.op == Op::kConstant; }
};

// Puts a Program together. What is alike stands in it once.
class ProgramBuilder {
 public:
    ProgramBuilder();

    Draft constant(const Value& value);
    // The constant of a draft that is one.
    const Value& value_of(const Draft& constant) const noexcept {
        return program_->constant(constant.node.data);
    }

    std::uint32_t add_path(const std::vector<std::string>& steps);
    std::uint32_t add_version_test(const VersionTest& test);
    std::uint32_t add_keys(std::shared_ptr<const KeyList> keys);
    // `weights` only if it is fixed.
    std::uint32_t add_distribution(Distribution distribution, const std::vector<std::uint32_t>& weights);

    // The value of a draft that depends on nothing, as a constant; as it was if that fails.
    Draft fold(Draft draft);

    // Ends the building. The builder is then empty.
    std::shared_ptr<const Program> finish(const Draft& root);

 private:
    std::string_view keep(std::string_view text);
    Value keep(const Value& value);
    void lay_out(const Draft& root);

    std::unique_ptr<Program> program_;
    std::unordered_map<std::string_view, std::uint32_t> strings_;  // constants that are strings
    std::unordered_map<std::string_view, std::uint32_t> paths_;    // by their encoded steps
};

}  // namespace mortise::flags
