#include "analysis_json.hpp"

#include "tables/table.hpp"

#include <algorithm>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::JsonWriter;

bool is_of(const analysis::TableReport& table, std::string_view decision) {
    return table.decision_id == decision || table.decision_name == decision;
}

void write_rules(JsonWriter& json, const analysis::Finding& finding) {
    json.key("rules").begin_array();
    for (const analysis::RuleRef& rule : finding.rules)
        json.begin_object().member("number", rule.number).member("id", rule.id).end_object();
    json.end_array();
}

void write_finding(JsonWriter& json, const analysis::Finding& finding) {
    json.begin_object().member("kind", analysis::name_of(finding.kind));
    json.member("message", finding.message).member("certain", finding.certain);
    write_rules(json, finding);
    json.key("region").begin_array();
    for (const std::string& tests : finding.region)
        json.value(tests);
    json.end_array().key("example").begin_array();
    for (const analysis::Assignment& assignment : finding.example)
        json.begin_object().member("input", assignment.input).member("value", assignment.value).end_object();
    json.end_array().end_object();
}

void write_undecided(JsonWriter& json, const analysis::Undecided& undecided) {
    const auto number = [](std::size_t place) { return place == 0 ? std::nullopt : std::optional(place); };
    json.begin_object().member("column", number(undecided.column)).member("rule", number(undecided.rule));
    json.member("rule_id", undecided.rule_id).member("reason", undecided.reason).end_object();
}

void write_table(JsonWriter& json, const analysis::TableReport& table) {
    json.begin_object().member("element_id", table.decision_id).member("name", table.decision_name);
    json.member("table_id", table.element_id).member("hit_policy", tables::name_of(table.hit_policy));
    json.member("rules", table.rules).member("complete", table.complete).key("inputs").begin_array();
    for (const std::string& input : table.inputs)
        json.value(input);
    json.end_array().key("counts").begin_object();
    for (const analysis::Count& count : table.counts)
        json.member(analysis::name_of(count.kind), count.found);
    json.end_object().key("findings").begin_array();
    for (const analysis::Finding& finding : table.findings)
        write_finding(json, finding);
    json.end_array().key("undecided").begin_array();
    for (const analysis::Undecided& undecided : table.undecided)
        write_undecided(json, undecided);
    json.end_array().end_object();
}

}  // namespace

std::string analysis_to_json(std::int64_t version, const analysis::Report& report,
                             std::optional<std::string_view> decision) {
    JsonWriter json;
    json.begin_object().member("version", version);
    json.member("complete", report.complete).key("tables").begin_array();
    for (const analysis::TableReport& table : report.tables)
        if (!decision || is_of(table, *decision)) write_table(json, table);
    return std::move(json.end_array().end_object()).text();
}

void write_warnings(JsonWriter& json, const analysis::Report& report) {
    for (const analysis::TableReport& table : report.tables)
        for (const analysis::Finding& finding : table.findings) {
            if (finding.kind == analysis::Kind::kOverlap) continue;
            json.begin_object().member("code", analysis::name_of(finding.kind));
            json.member("element_id", table.decision_id).member("line", 0);
            json.member("table_id", table.element_id).member("detail", finding.message);
            write_rules(json, finding);
            json.end_object();
        }
}

bool has_decision(const analysis::Report& report, std::string_view decision) {
    return std::ranges::any_of(report.tables,
                               [&](const analysis::TableReport& table) { return is_of(table, decision); });
}

}  // namespace rules
