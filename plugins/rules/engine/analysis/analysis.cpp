#include "analysis/analysis.hpp"

#include "analysis/budget.hpp"
#include "analysis/table_analyst.hpp"
#include "dmn/table.hpp"

#include <utility>

namespace rules::analysis {
namespace {

TableReport describe(const dmn::Model::Entry& entry, const dmn::TableParts& parts) {
    TableReport report;
    report.entry = entry.index;
    report.decision_id = entry.id;
    report.decision_name = entry.name;
    report.element_id = parts.element_id;
    report.hit_policy = parts.hit_policy;
    for (const dmn::TableInput& input : parts.inputs)
        report.inputs.push_back(input.text);
    report.rules = parts.rules.size();
    return report;
}

}  // namespace

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::kGap:
            return "gap";
        case Kind::kPolicyViolation:
            return "policy_violation";
        case Kind::kOverlap:
            return "overlap";
        case Kind::kSubsumed:
            return "subsumed";
        case Kind::kMasked:
            return "masked";
        case Kind::kImpossible:
            return "impossible";
        case Kind::kMissingOutput:
            return "missing_output";
    }
    return "";
}

Report analyse(const dmn::Model& model, const Limits& limits) {
    Report report;
    Budget steps(limits.steps);
    const auto entries = model.entries();
    for (const dmn::Model::Table& table : model.tables()) {
        TableReport one = describe(entries[table.entry], table.logic->parts());
        TableAnalyst(table.logic->parts(), limits, steps).run(one);
        report.complete = report.complete && one.complete;
        report.tables.push_back(std::move(one));
    }
    return report;
}

}  // namespace rules::analysis
