#include "core/flags/program_builder.hpp"

#include "core/flags/machine.hpp"

#include <cstring>
#include <deque>
#include <utility>

namespace mortise::flags {
namespace {

// A rule has at most 64 KiB of text, and what $refs and folding add is limited as well.
constexpr std::size_t kMaxProgramBytes = 4 * 1024 * 1024;

}  // namespace

ProgramBuilder::ProgramBuilder() : program_(std::make_unique<Program>()) {
    program_->arena_ = std::make_unique<Arena>(kMaxProgramBytes);
}

std::string_view ProgramBuilder::keep(std::string_view text) {
    const auto kept = program_->arena_->copy(text);
    if (kept.data() == nullptr) throw std::bad_alloc();
    return kept;
}

// A deep copy into the program's own memory.
Value ProgramBuilder::keep(const Value& value) {
    if (value.is_string()) return Value::string(keep(value.text()));
    if (value.is_array()) {
        const auto items = value.items();
        auto* const copies = program_->arena_->allocate<Value>(items.size());
        if (copies == nullptr) throw std::bad_alloc();
        for (std::size_t i = 0; i < items.size(); ++i)
            copies[i] = keep(items[i]);
        return Value::array({copies, items.size()});
    }
    if (value.is_object()) {
        const auto members = value.members();
        auto* const copies = program_->arena_->allocate<Member>(members.size());
        if (copies == nullptr) throw std::bad_alloc();
        for (std::size_t i = 0; i < members.size(); ++i)
            copies[i] = {keep(members[i].name), keep(members[i].value)};
        return Value::object({copies, members.size()});
    }
    return value;
}

Draft ProgramBuilder::constant(const Value& value) {
    Draft draft;
    if (value.is_string()) {
        if (const auto found = strings_.find(value.text()); found != strings_.end()) {
            draft.node.data = found->second;
            return draft;
        }
    }
    draft.node.data = static_cast<std::uint32_t>(program_->constants_.size());
    program_->constants_.push_back(keep(value));
    if (value.is_string()) strings_.emplace(program_->constants_.back().text(), draft.node.data);
    return draft;
}

std::uint32_t ProgramBuilder::add_path(const std::vector<std::string>& steps) {
    std::string encoded;
    for (const auto& step : steps)
        encoded += std::to_string(step.size()) + ':' + step;
    if (const auto found = paths_.find(encoded); found != paths_.end()) return found->second;
    const auto index = static_cast<std::uint32_t>(program_->paths_.size());
    program_->paths_.push_back(
        {static_cast<std::uint32_t>(program_->steps_.size()), static_cast<std::uint32_t>(steps.size())});
    for (const auto& step : steps)
        program_->steps_.push_back(keep(std::string_view(step)));
    paths_.emplace(keep(std::string_view(encoded)), index);
    return index;
}

std::uint32_t ProgramBuilder::add_version_test(const VersionTest& test) {
    program_->version_tests_.push_back(test);
    return static_cast<std::uint32_t>(program_->version_tests_.size() - 1);
}

std::uint32_t ProgramBuilder::add_keys(std::shared_ptr<const KeyList> keys) {
    program_->keys_.push_back(std::move(keys));
    return static_cast<std::uint32_t>(program_->keys_.size() - 1);
}

std::uint32_t ProgramBuilder::add_distribution(Distribution distribution,
                                               const std::vector<std::uint32_t>& weights) {
    distribution.first = static_cast<std::uint32_t>(program_->sums_.size());
    for (const auto weight : weights) {
        distribution.total += weight;
        program_->sums_.push_back(distribution.total);
    }
    program_->distributions_.push_back(distribution);
    return static_cast<std::uint32_t>(program_->distributions_.size() - 1);
}

// Level by level, so that the children of a node stand side by side.
void ProgramBuilder::lay_out(const Draft& root) {
    auto& nodes = program_->nodes_;
    nodes.clear();
    nodes.push_back(root.node);
    std::deque<std::pair<const Draft*, std::size_t>> waiting{{&root, 0}};
    while (!waiting.empty()) {
        const auto [draft, at] = waiting.front();
        waiting.pop_front();
        nodes[at].first = static_cast<std::uint32_t>(nodes.size());
        nodes[at].count = static_cast<std::uint16_t>(draft->children.size());
        for (const auto& child : draft->children) {
            waiting.emplace_back(&child, nodes.size());
            nodes.push_back(child.node);
        }
    }
}

Draft ProgramBuilder::fold(Draft draft) {
    if (draft.is_constant()) return draft;
    lay_out(draft);
    Arena scratch(kMaxScratch);
    Machine machine(*program_, RuleInput{}, scratch);
    Value value;
    if (!machine.run(value)) return draft;
    return constant(value);
}

std::shared_ptr<const Program> ProgramBuilder::finish(const Draft& root) {
    lay_out(root);
    auto& made = *program_;
    made.nodes_.shrink_to_fit();
    made.constants_.shrink_to_fit();
    made.paths_.shrink_to_fit();
    made.steps_.shrink_to_fit();
    made.distributions_.shrink_to_fit();
    made.sums_.shrink_to_fit();
    made.version_tests_.shrink_to_fit();
    made.keys_.shrink_to_fit();
    strings_.clear();
    paths_.clear();
    return std::shared_ptr<const Program>(std::move(program_));
}

std::size_t Program::bytes() const noexcept {
    return sizeof(Program) + sizeof(Arena) + arena_->block_bytes() + nodes_.size() * sizeof(Node) +
           constants_.size() * sizeof(Value) + paths_.size() * sizeof(Path) +
           steps_.size() * sizeof(std::string_view) + distributions_.size() * sizeof(Distribution) +
           sums_.size() * sizeof(std::uint32_t) + version_tests_.size() * sizeof(VersionTest) +
           keys_.size() * sizeof(std::shared_ptr<const KeyList>);
}

}  // namespace mortise::flags
