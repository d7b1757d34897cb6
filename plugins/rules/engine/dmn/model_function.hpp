#pragma once

#include "dmn/program.hpp"
#include "feel/function.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rules::dmn {

class Recorder;

// The stack that one call takes beyond its logic, in nodes of an expression (feel::Evaluation::enter).
inline constexpr std::uint32_t kCallLevels = 3;

// What a knowledge model or a decision service is for those who call it.
class ModelFunction : public feel::Function {
 public:
    ModelFunction(std::shared_ptr<const Program> program, NodeIndex index, std::shared_ptr<Recorder> recorder)
        : program_(std::move(program)), index_(index), recorder_(std::move(recorder)) {}

    feel::Value invoke(std::span<const feel::Value> arguments, feel::Evaluation& evaluation) const override;
    std::span<const feel::Parameter> parameters() const noexcept override { return node().parameters; }
    feel::Type result_type() const override { return node().type.result(); }

 protected:
    const CompiledNode& node() const noexcept { return program_->nodes[index_]; }
    virtual feel::Value call(std::vector<feel::Value> arguments, Run& run) const = 0;

    std::shared_ptr<const Program> program_;
    NodeIndex index_;
    std::shared_ptr<Recorder> recorder_;

 private:
    // The arguments as the parameters' types want them; none if there is one that does not conform.
    std::optional<std::vector<feel::Value>> converted(std::span<const feel::Value> arguments,
                                                      feel::Evaluation& evaluation) const;
};

class KnowledgeFunction : public ModelFunction {
 public:
    // `captured`: the values of the node's bindings.
    KnowledgeFunction(std::shared_ptr<const Program> program, NodeIndex index,
                      std::vector<feel::Value> captured, std::shared_ptr<Recorder> recorder)
        : ModelFunction(std::move(program), index, std::move(recorder)), captured_(std::move(captured)) {}

    std::uint32_t depth() const noexcept override;
    std::uint64_t weight() const noexcept override;

 private:
    feel::Value call(std::vector<feel::Value> arguments, Run& run) const override;

    std::vector<feel::Value> captured_;
};

class ServiceFunction : public ModelFunction {
 public:
    using ModelFunction::ModelFunction;

 private:
    feel::Value call(std::vector<feel::Value> arguments, Run& run) const override;
};

}  // namespace rules::dmn
