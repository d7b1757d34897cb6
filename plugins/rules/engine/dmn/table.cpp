#include "dmn/table.hpp"

#include "dmn/recorder.hpp"
#include "feel/function.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace rules::dmn {
namespace {

using feel::Frame;
using feel::Value;

Value aggregate_function(Aggregation aggregation) {
    switch (aggregation) {
        case Aggregation::kSum:
            return feel::built_in_function("sum");
        case Aggregation::kMin:
            return feel::built_in_function("min");
        case Aggregation::kMax:
            return feel::built_in_function("max");
        case Aggregation::kCount:
            return feel::built_in_function("count");
        case Aggregation::kNone:
            break;
    }
    return {};
}

// The values of a clause restrict the items of a collection, as allowed values do.
bool allows(const AllowedValues& values, const Value& value, feel::Evaluation& evaluation) {
    if (values.allows(value, evaluation)) return true;
    if (!value.is_list()) return false;
    const auto items = value.as_list();
    return std::all_of(items.begin(), items.end(),
                       [&](const Value& item) { return values.allows(item, evaluation); });
}

// Room for the bits of a table's rules, on the stack for up to a thousand of them.
class Candidates {
 public:
    explicit Candidates(std::size_t rules) : words_((rules + 63) / 64) {
        if (words_ > inside_.size()) outside_.resize(words_);
        std::fill_n(data(), words_, ~BitWord{0});
        if (rules % 64 != 0) data()[words_ - 1] >>= 64 - rules % 64;
    }

    void keep(std::span<const BitWord> bits) {
        BitWord* own = data();
        for (std::size_t i = 0; i < words_; ++i)
            own[i] &= bits[i];
    }

    std::span<const BitWord> words() { return {data(), words_}; }

 private:
    BitWord* data() { return outside_.empty() ? inside_.data() : outside_.data(); }

    std::size_t words_;
    std::array<BitWord, 16> inside_{};
    std::vector<BitWord> outside_;
};

}  // namespace

std::vector<std::size_t> priority_of(const Value& output, const TableParts& parts,
                                     feel::Evaluation& evaluation) {
    std::vector<std::size_t> all;
    for (const TableOutput& clause : parts.outputs) {
        if (!clause.values || !clause.values->ranked()) continue;
        const Value* part = &output;
        if (parts.outputs.size() > 1)
            part = output.is_context() ? output.as_context().find(clause.name) : nullptr;
        all.push_back(clause.values->rank(part != nullptr ? *part : Value(), evaluation));
    }
    return all;
}

TableLogic::TableLogic(TableParts parts, std::size_t index_bytes)
    : parts_(std::move(parts)), aggregate_(aggregate_function(parts_.aggregation)) {
    for (const TableInput& input : parts_.inputs)
        index_.emplace_back(input.tests, index_bytes);
}

Value TableLogic::evaluate(Frame& frame, Run& run) const {
    Frame inputs(parts_.inputs.size());
    if (!read_inputs(inputs, frame, run)) return {};
    std::vector<Hit> hits;
    const std::size_t wanted = parts_.hit_policy == HitPolicy::kFirst    ? 1
                               : parts_.hit_policy == HitPolicy::kUnique ? 2
                                                                         : parts_.rules.size();
    find_hits(inputs, frame, run, [&](RuleNumber rule) {
        hits.push_back({rule, output(rule, frame, run)});
        return hits.size() < wanted;
    });
    if (run.recorder) record(inputs, hits, run);
    if (hits.empty() && has_default()) return default_output(frame, run);
    return result(hits, run);
}

bool TableLogic::read_inputs(Frame& inputs, Frame& frame, Run& run) const {
    for (std::size_t i = 0; i < parts_.inputs.size(); ++i) {
        const TableInput& input = parts_.inputs[i];
        Value& value = inputs[static_cast<feel::Slot>(i)];
        value = input.expression.evaluate(frame, run.evaluation);
        value = coerce(value, input.type, run.evaluation);
        if (input.values && !allows(*input.values, value, run.evaluation)) {
            run.evaluation.null("an input of the table is none of its input values");
            return false;
        }
    }
    return true;
}

template <class OnHit>
void TableLogic::find_hits(const Frame& inputs, Frame& frame, Run& run, OnHit hit) const {
    Candidates candidates(parts_.rules.size());
    for (std::size_t i = 0; i < index_.size(); ++i)
        candidates.keep(index_[i].candidates(inputs[static_cast<feel::Slot>(i)]));
    const auto words = candidates.words();
    for (std::size_t at = 0; at < words.size(); ++at) {
        for (BitWord word = words[at]; word != 0; word &= word - 1) {
            const auto rule =
                static_cast<RuleNumber>(at * 64 + static_cast<std::size_t>(std::countr_zero(word)));
            if (!run.evaluation.step()) return;
            if (matches(rule, inputs, frame, run) && !hit(rule)) return;
        }
    }
}

bool TableLogic::matches(RuleNumber rule, const Frame& inputs, Frame& frame, Run& run) const {
    for (std::size_t i = 0; i < index_.size(); ++i) {
        const Value& input = inputs[static_cast<feel::Slot>(i)];
        if (index_[i].undecided(input, rule) &&
            !parts_.inputs[i].tests[rule].matches(input, frame, run.evaluation))
            return false;
    }
    return true;
}

Value TableLogic::output(RuleNumber rule, Frame& frame, Run& run) const {
    const TableRule& found = parts_.rules[rule];
    if (found.constant) return *found.constant;
    if (found.outputs.size() == 1) return found.outputs.front()->evaluate(frame, run);
    std::vector<Value> values;
    values.reserve(found.outputs.size());
    for (const LogicPtr& logic : found.outputs)
        values.push_back(logic->evaluate(frame, run));
    return run.evaluation.context(parts_.shape, std::move(values));
}

bool TableLogic::has_default() const {
    return std::any_of(parts_.outputs.begin(), parts_.outputs.end(),
                       [](const TableOutput& output) { return output.default_value != nullptr; });
}

Value TableLogic::default_output(Frame& frame, Run& run) const {
    std::vector<Value> values;
    for (const TableOutput& output : parts_.outputs)
        values.push_back(output.default_value ? output.default_value->evaluate(frame, run) : Value());
    if (values.size() == 1) return std::move(values.front());
    return run.evaluation.context(parts_.shape, std::move(values));
}

bool TableLogic::takes_one() const {
    switch (parts_.hit_policy) {
        case HitPolicy::kUnique:
        case HitPolicy::kFirst:
        case HitPolicy::kPriority:
        case HitPolicy::kAny:
            return true;
        default:
            return false;
    }
}

Value TableLogic::result(std::vector<Hit>& hits, Run& run) const {
    if (hits.empty() && takes_one()) return run.evaluation.null("no rule of the table matches");
    switch (parts_.hit_policy) {
        case HitPolicy::kUnique:
            if (hits.size() > 1) return run.evaluation.null("more than one rule of a UNIQUE table matches");
            return hits.front().output;
        case HitPolicy::kAny:
            return any(hits, run);
        case HitPolicy::kFirst:
            return hits.front().output;
        case HitPolicy::kPriority:
            sort_by_priority(hits, run);
            return hits.front().output;
        case HitPolicy::kOutputOrder:
            sort_by_priority(hits, run);
            return collect(hits, run);
        case HitPolicy::kCollect:
        case HitPolicy::kRuleOrder:
            return collect(hits, run);
    }
    return {};
}

Value TableLogic::any(const std::vector<Hit>& hits, Run& run) const {
    for (const Hit& hit : hits)
        if (!identical(hit.output, hits.front().output))
            return run.evaluation.null("rules of an ANY table match with different outputs");
    return hits.front().output;
}

Value TableLogic::collect(const std::vector<Hit>& hits, Run& run) const {
    std::vector<Value> outputs;
    outputs.reserve(hits.size());
    for (const Hit& hit : hits)
        outputs.push_back(hit.output);
    const Value list = run.evaluation.list(std::move(outputs));
    if (aggregate_.is_null()) return list;
    return invoke(aggregate_, std::span(&list, 1), run.evaluation);
}

void TableLogic::sort_by_priority(std::vector<Hit>& hits, Run& run) const {
    std::vector<std::pair<std::vector<std::size_t>, std::size_t>> order;
    for (std::size_t i = 0; i < hits.size(); ++i)
        order.emplace_back(priority_of(hits[i].output, parts_, run.evaluation), i);
    std::sort(order.begin(), order.end());
    std::vector<Hit> sorted;
    sorted.reserve(hits.size());
    for (const auto& [rank, place] : order)
        sorted.push_back(std::move(hits[place]));
    hits = std::move(sorted);
}

void TableLogic::record(const Frame& inputs, const std::vector<Hit>& hits, Run& run) const {
    TableTrace trace;
    trace.element_id = parts_.element_id;
    for (std::size_t i = 0; i < parts_.inputs.size(); ++i)
        trace.inputs.push_back({parts_.inputs[i].text, inputs[static_cast<feel::Slot>(i)]});
    for (const Hit& hit : hits)
        trace.matched.push_back({parts_.rules[hit.rule].id, hit.rule + 1, hit.output});
    trace.used_default = hits.empty() && has_default();
    run.recorder->table(std::move(trace));
}

}  // namespace rules::dmn
