// Nodes of functions: made, and called.
#include "feel/node.hpp"

#include <array>

namespace rules::feel {

namespace {

// Values of arguments; the few that most calls have need no memory.
class Arguments {
 public:
    Arguments(const Nodes& nodes, Frame& frame, Evaluation& evaluation) : size_(nodes.size()) {
        if (size_ > inside_.size()) outside_.resize(size_);
        auto* values = outside_.empty() ? inside_.data() : outside_.data();
        for (std::size_t i = 0; i < size_; ++i)
            values[i] = nodes[i]->evaluate(frame, evaluation);
    }

    std::span<const Value> values() const noexcept {
        return {outside_.empty() ? inside_.data() : outside_.data(), size_};
    }

 private:
    std::size_t size_;
    std::array<Value, 4> inside_;
    std::vector<Value> outside_;
};

class CallNode final : public Node {
 public:
    CallNode(NodePtr function, Nodes arguments)
        : function_(std::move(function)), arguments_(std::move(arguments)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto* constant = function_->constant();
        const auto function = constant != nullptr ? *constant : function_->evaluate(frame, evaluation);
        const Arguments arguments(arguments_, frame, evaluation);
        return invoke(function, arguments.values(), evaluation);
    }

    NodePtr function_;
    Nodes arguments_;
};

class NamedCallNode final : public Node {
 public:
    NamedCallNode(NodePtr function, std::vector<std::string> names, Nodes arguments)
        : function_(std::move(function)), names_(std::move(names)), arguments_(std::move(arguments)) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        const auto function = function_->evaluate(frame, evaluation);
        std::vector<std::pair<std::string, Value>> arguments;
        arguments.reserve(names_.size());
        for (std::size_t i = 0; i < names_.size(); ++i)
            arguments.emplace_back(names_[i], arguments_[i]->evaluate(frame, evaluation));
        return invoke(function, NamedArguments(arguments), evaluation);
    }

    NodePtr function_;
    std::vector<std::string> names_;
    Nodes arguments_;
};

class LambdaFunction final : public Function {
 public:
    LambdaFunction(std::shared_ptr<const Lambda> lambda, std::vector<Value> captured)
        : lambda_(std::move(lambda)), captured_(std::move(captured)) {
        for (const auto& value : captured_) {
            depth_ = std::max(depth_, value.depth() + 1);
            weight_ += std::min(value.weight(), kMaxCounted);
        }
    }

    using Function::invoke_named;
    Value invoke(std::span<const Value> arguments, Evaluation& evaluation) const override {
        if (arguments.size() != lambda_->parameters.size())
            return evaluation.null(
                "a function is called with another number of arguments than it has parameters");
        if (!evaluation.enter(lambda_->depth)) return {};
        Frame frame(lambda_->frame_size);
        const bool fits = fill(frame, arguments, evaluation);
        auto result = fits ? lambda_->body->evaluate(frame, evaluation) : Value();
        evaluation.leave(lambda_->depth);
        return result;
    }

    std::span<const Parameter> parameters() const noexcept override { return lambda_->parameters; }
    Type result_type() const override { return lambda_->result; }
    std::uint32_t depth() const noexcept override { return depth_; }
    std::uint64_t weight() const noexcept override { return weight_; }

 private:
    // Far above any limit, and far below where a sum would overflow.
    static constexpr std::uint64_t kMaxCounted = std::uint64_t{1} << 40;

    bool fill(Frame& frame, std::span<const Value> arguments, Evaluation& evaluation) const {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const auto slot = static_cast<Slot>(i);
            frame[slot] = coerce(arguments[i], lambda_->parameters[i].type, evaluation);
            if (frame[slot].is_null() && !arguments[i].is_null()) return false;
        }
        for (std::size_t i = 0; i < captured_.size(); ++i)
            frame[lambda_->captures[i].inner] = captured_[i];
        return true;
    }

    std::shared_ptr<const Lambda> lambda_;
    std::vector<Value> captured_;
    std::uint32_t depth_ = 1;
    std::uint64_t weight_ = 1;
};

class LambdaNode final : public Node {
 public:
    explicit LambdaNode(Lambda lambda) : lambda_(std::make_shared<const Lambda>(std::move(lambda))) {}

 private:
    Value run(Frame& frame, Evaluation& evaluation) const override {
        std::vector<Value> captured;
        captured.reserve(lambda_->captures.size());
        for (const auto& capture : lambda_->captures)
            captured.push_back(frame[capture.outer]);
        return evaluation.function(std::make_shared<const LambdaFunction>(lambda_, std::move(captured)));
    }

    std::shared_ptr<const Lambda> lambda_;
};

}  // namespace

NodePtr make_call(NodePtr function, Nodes arguments) {
    return std::make_unique<CallNode>(std::move(function), std::move(arguments));
}

NodePtr make_named_call(NodePtr function, std::vector<std::string> names, Nodes arguments) {
    return std::make_unique<NamedCallNode>(std::move(function), std::move(names), std::move(arguments));
}

NodePtr make_lambda(Lambda lambda) {
    return std::make_unique<LambdaNode>(std::move(lambda));
}

}  // namespace rules::feel
