#include "audit.hpp"

#include "evaluation.hpp"
#include "mortise/json_writer.hpp"
#include "mortise/time.hpp"

#include <array>

namespace rules {
namespace {

void append_cell(std::string& out, std::string_view cell) {
    constexpr std::string_view kFormula = "=+-@\t\r";
    const bool formula = !cell.empty() && kFormula.find(cell.front()) != std::string_view::npos;
    if (!formula && cell.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += cell;
        return;
    }
    out += '"';
    if (formula) out += '\'';
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

template <typename Cells>
std::string line_of(const Cells& cells) {
    std::string line;
    for (const auto& cell : cells) {
        if (&cell != &cells.front()) line += ',';
        append_cell(line, cell);
    }
    return line += "\r\n";
}

}  // namespace

std::string_view kind_of(const AuditRecord& record) noexcept {
    return record.is_service ? "decision_service" : "decision";
}

std::string to_json(const AuditRecord& record) {
    mortise::sdk::JsonWriter json;
    json.begin_object().member("id", record.id.to_string());
    json.member("at", mortise::sdk::format_time(record.at)).member("principal", record.principal.to_string());
    json.key("actor");
    if (record.actor)
        json.value(record.actor->to_string());
    else
        json.value(nullptr);
    json.member("caller", record.caller);
    json.key("model").begin_object().member("id", record.model_id.to_string());
    json.member("key", record.model_key).member("version", record.version).end_object();
    json.member(kind_of(record), record.decision).key("inputs").raw(record.inputs ? *record.inputs : "null");
    json.member("inputs_hash", record.inputs_hash).key("result").raw(record.result);
    json.key("hits").raw(record.hits).member("failure", record.failure);
    json.member("microseconds", record.took_us).end_object();
    return std::move(json).text();
}

std::string csv_head() {
    constexpr std::array<std::string_view, 16> kColumns = {
        "id",   "at",     "principal",   "actor",  "model_id", "model",   "version",      "kind",
        "name", "inputs", "inputs_hash", "result", "hits",     "failure", "microseconds", "caller"};
    return line_of(kColumns);
}

std::string to_csv(const AuditRecord& record) {
    const std::array<std::string, 16> cells = {record.id.to_string(),
                                               mortise::sdk::format_time(record.at),
                                               record.principal.to_string(),
                                               record.actor ? record.actor->to_string() : std::string(),
                                               record.model_id.to_string(),
                                               record.model_key,
                                               std::to_string(record.version),
                                               std::string(kind_of(record)),
                                               record.decision,
                                               record.inputs.value_or(""),
                                               record.inputs_hash,
                                               record.result,
                                               record.hits,
                                               record.failure.value_or(""),
                                               std::to_string(record.took_us),
                                               record.caller.value_or("")};
    return line_of(cells);
}

bool same_result(std::string_view recorded, std::string_view replayed) {
    if (recorded == replayed) return true;
    constexpr feel::JsonLimits kLimits{.bytes = 4 * kEvaluationJson.bytes};
    const auto before = feel::read_json(recorded, {}, kLimits);
    const auto after = feel::read_json(replayed, {}, kLimits);
    return before && after && feel::identical(*before, *after);
}

}  // namespace rules
