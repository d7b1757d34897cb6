#include "analysis/table_analyst.hpp"

#include "analysis/gaps.hpp"
#include "analysis/uncovered.hpp"

#include <algorithm>
#include <utility>

namespace rules::analysis {
namespace {

using dmn::HitPolicy;
using feel::Value;

constexpr std::uint64_t kMemoryWords = 16U << 20;
constexpr std::size_t kMostToMinimise = 32;
constexpr std::uint64_t kMaskedShare = 16;  // of the steps that are left, for one rule

std::string number(std::size_t rule) {
    return std::to_string(rule + 1);
}

std::string listed(const std::vector<std::size_t>& rules) {
    std::string text = rules.size() == 1 ? "rule " : "rules ";
    for (std::size_t i = 0; i < rules.size(); ++i)
        text.append(i == 0 ? "" : i + 1 == rules.size() ? " and " : ", ").append(number(rules[i]));
    return text;
}

bool includes(const Box& outer, const Box& inner) {
    for (std::size_t i = 0; i < outer.size(); ++i)
        if (!outer[i].includes(inner[i])) return false;
    return true;
}

std::string at(const std::string& place) {
    return place.empty() ? "." : " at " + place + ".";
}

}  // namespace

TableAnalyst::TableAnalyst(const dmn::TableParts& parts, const Limits& limits, Budget& whole)
    : parts_(parts),
      limits_(limits),
      steps_(limits.steps_per_table, whole),
      memory_(kMemoryWords),
      findings_(layout_, limits.max_findings),
      impossible_(parts.rules.size()) {}

void TableAnalyst::run(TableReport& report) {
    auto layout = make_layout(parts_, steps_, memory_);
    if (!layout) {
        report.complete = false;
        report.undecided.push_back({0, 0, "", "the table is too large"});
        return;
    }
    layout_ = *std::move(layout);
    report.undecided = undecided(layout_, limits_.max_findings);
    neighbours_.emplace(layout_.grid, steps_, memory_);
    find_priorities();
    find_gaps();
    find_impossible();
    for (std::size_t rule = 0; rule < parts_.rules.size() && !steps_.spent(); ++rule) {
        if (impossible_[rule]) continue;
        find_together(rule);
        find_subsuming(rule);
        if (one_goes_first()) find_masking(rule);
    }
    find_outputs();
    findings_.move_to(report);
    report.complete = complete_ && !steps_.spent();
}

void TableAnalyst::find_priorities() {
    priorities_.resize(parts_.rules.size());
    if (parts_.hit_policy != HitPolicy::kPriority) return;
    feel::Evaluation evaluation;
    for (std::size_t rule = 0; rule < parts_.rules.size(); ++rule)
        if (const auto& output = parts_.rules[rule].constant)
            priorities_[rule] = dmn::priority_of(*output, parts_, evaluation);
}

void TableAnalyst::find_gaps() {
    const auto has_default = [](const dmn::TableOutput& output) { return output.default_value != nullptr; };
    if (std::any_of(parts_.outputs.begin(), parts_.outputs.end(), has_default)) return;
    Budget part(steps_.left() / 2, steps_);
    const Gaps gaps = analysis::find_gaps(layout_.grid, limits_.max_findings, part);
    complete_ = complete_ && gaps.complete;
    for (const Box& gap : gaps.boxes) {
        findings_.count(Kind::kGap);
        const std::string place = findings_.place(gap);
        findings_.tell(Kind::kGap, {}, gap, &gap, "No rule matches" + at(place));
    }
    findings_.count_untold(Kind::kGap, gaps.count - gaps.boxes.size());
}

void TableAnalyst::find_impossible() {
    for (std::size_t rule = 0; rule < parts_.rules.size(); ++rule) {
        const std::string why = why_impossible(rule);
        impossible_[rule] = !why.empty();
        if (!impossible_[rule] || !findings_.count(Kind::kImpossible)) continue;
        findings_.tell(Kind::kImpossible, {rule}, layout_.grid.may(rule), nullptr,
                       "Rule " + number(rule) + " never matches: its test of " + why);
    }
}

std::string TableAnalyst::why_impossible(std::size_t rule) const {
    for (std::size_t column = 0; column < parts_.inputs.size(); ++column) {
        const std::size_t at = layout_.domain_of[column];
        const Domain& domain = layout_.grid.domains[at];
        if (!domain.may(rule).none()) continue;
        const char* why =
            domain.possible(rule) ? " takes none of the allowed values." : " holds for no value.";
        return input_of(layout_, at) + why;
    }
    return {};
}

Kind TableAnalyst::kind_of_pair(std::size_t rule, std::size_t other) {
    if (parts_.hit_policy == HitPolicy::kUnique) return Kind::kPolicyViolation;
    const auto& output = parts_.rules[rule].constant;
    const auto& other_output = parts_.rules[other].constant;
    if (parts_.hit_policy != HitPolicy::kAny || !output || !other_output) return Kind::kOverlap;
    if (!steps_.take(std::min(output->weight(), other_output->weight()))) return Kind::kOverlap;
    return identical(*output, *other_output) ? Kind::kOverlap : Kind::kPolicyViolation;
}

// With the rules that follow it.
void TableAnalyst::find_together(std::size_t rule) {
    const Box own = common(layout_.grid.must(rule), layout_.grid.expected);
    if (is_empty(own)) return;
    const Bits others = neighbours_->meeting(own, rule);
    if (!steps_.take(others.count())) return;
    others.each([&](std::size_t other) {
        if (other < rule) return;
        const Kind kind = kind_of_pair(rule, other);
        if (!findings_.count(kind)) return;
        const Box both = common(own, layout_.grid.must(other));
        std::string message = "Rules " + number(rule) + " and " + number(other) + " match together";
        if (kind == Kind::kPolicyViolation && parts_.hit_policy == HitPolicy::kAny)
            message += ", with different outputs,";
        findings_.tell(kind, {rule, other}, both, &both, message + at(findings_.place(both)));
    });
}

bool TableAnalyst::one_goes_first() const {
    return parts_.hit_policy == HitPolicy::kFirst || parts_.hit_policy == HitPolicy::kPriority;
}

bool TableAnalyst::goes_before(std::size_t rule, std::size_t other) const {
    if (parts_.hit_policy == HitPolicy::kFirst) return rule < other;
    const auto& own = priorities_[rule];
    const auto& others = priorities_[other];
    return own && others && std::pair(*own, rule) < std::pair(*others, other);
}

// Where one goes first, a rule inside of an earlier one is masked, and inside of a later one the exception to
// it. Of two that match alike the later is the one too many.
void TableAnalyst::find_subsuming(std::size_t rule) {
    if (one_goes_first()) return;
    const Box own = layout_.grid.may(rule);
    neighbours_->covering(own, rule).each([&](std::size_t outer) {
        const bool alike = includes(layout_.grid.must(rule), layout_.grid.may(outer));
        if (alike && outer > rule) return;
        if (!findings_.count(Kind::kSubsumed)) return;
        const Box shown = common(layout_.grid.must(rule), layout_.grid.must(outer));
        findings_.tell(Kind::kSubsumed, {rule, outer}, own, &shown,
                       "Rule " + number(rule) + " matches only where rule " + number(outer) + " does.");
    });
}

bool TableAnalyst::is_covered(const Box& box, const Bits& by) {
    Budget part(steps_.left() / kMaskedShare, steps_);
    bool covered = true;
    const bool searched = Uncovered(layout_.grid, box, Certainty::kMust, part).search(by, [&](const Box&) {
        covered = false;
        return false;
    });
    complete_ = complete_ && (searched || !covered);
    return covered && searched;
}

void TableAnalyst::find_masking(std::size_t rule) {
    const Box own = layout_.grid.may(rule);
    Bits before = neighbours_->meeting(own, rule);
    for (std::size_t other = 0; other < parts_.rules.size(); ++other)
        if (before.test(other) && !goes_before(other, rule)) before.reset(other);
    if (before.none() || !is_covered(own, before)) return;
    if (!findings_.count(Kind::kMasked)) return;
    const std::vector<std::size_t> masking = needed(own, std::move(before));
    std::vector<std::size_t> all = {rule};
    all.insert(all.end(), masking.begin(), masking.end());
    const Box shown = layout_.grid.must(rule);
    findings_.tell(Kind::kMasked, std::move(all), own, &shown,
                   "Rule " + number(rule) + " never decides: wherever it matches, " + listed(masking) +
                       (masking.size() == 1 ? " goes" : " go") + " before it.");
}

// Of rules that cover a box together some without which they don't.
std::vector<std::size_t> TableAnalyst::needed(const Box& box, Bits covering) {
    std::vector<std::size_t> all;
    covering.each([&](std::size_t rule) { all.push_back(rule); });
    for (const std::size_t rule : all)
        if (includes(layout_.grid.must(rule), box)) return {rule};
    if (all.size() > kMostToMinimise) return all;
    for (std::size_t i = all.size(); i-- > 0;) {
        covering.reset(all[i]);
        if (!is_covered(box, covering)) covering.set(all[i]);
    }
    std::erase_if(all, [&](std::size_t rule) { return !covering.test(rule); });
    return all;
}

const Value* TableAnalyst::output_of(std::size_t rule, std::size_t output) const {
    const auto& whole = parts_.rules[rule].constant;
    if (!whole) return nullptr;
    return parts_.outputs.size() == 1 ? &*whole : &whole->as_context().value(output);
}

void TableAnalyst::find_outputs() {
    for (std::size_t rule = 0; rule < parts_.rules.size() && !steps_.spent(); ++rule)
        for (std::size_t output = 0; output < parts_.outputs.size(); ++output)
            if (steps_.take(1)) check_output(rule, output);
}

void TableAnalyst::check_output(std::size_t rule, std::size_t output) {
    const Value* value = output_of(rule, output);
    const auto& values = parts_.outputs[output].values;
    if (value == nullptr) return;
    feel::Evaluation evaluation;
    const auto is_listed = [&](const Value& one) { return values->allows(one, evaluation); };
    bool listed = !values || is_listed(*value);
    if (!listed && value->is_list())
        listed = std::all_of(value->as_list().begin(), value->as_list().end(), is_listed);
    if (listed && (!value->is_null() || values)) return;
    if (!findings_.count(Kind::kMissingOutput)) return;
    const std::string& name = parts_.outputs[output].name;
    const Box own = layout_.grid.may(rule);
    const Box shown = layout_.grid.must(rule);
    findings_.tell(Kind::kMissingOutput, {rule}, own, &shown,
                   "Rule " + number(rule) + " gives " +
                       (value->is_null() ? "null" : "none of the output values") +
                       (name.empty() ? "." : " for " + name + "."));
}

}  // namespace rules::analysis
