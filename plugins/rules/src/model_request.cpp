#include "model_request.hpp"

#include "analysis_json.hpp"
#include "model_body.hpp"
#include "model_json.hpp"
#include "model_page.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

#include <limits>
#include <optional>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Call;
using mortise::sdk::Problem;
using mortise::sdk::Response;

constexpr std::int64_t kMaxVersion = std::numeric_limits<std::int32_t>::max();

void write(mortise::sdk::JsonWriter& json, const Warning& warning) {
    json.begin_object().member("code", warning.code).member("element_id", warning.element_id);
    json.member("file", warning.file).member("line", warning.line);
    json.member("detail", warning.detail).end_object();
}

}  // namespace

Response answer(const ModelRecord& model, std::uint32_t status) {
    return Response::json(to_json(model), status).with_header("etag", etag_of(model));
}

Response answer(const ModelService::Outcome& outcome, std::uint32_t status, const analysis::Report* report) {
    mortise::sdk::JsonWriter json;
    json.begin_object();
    write_members(json, outcome.model);
    json.key("warnings").begin_array();
    for (const Warning& warning : outcome.warnings)
        write(json, warning);
    if (report != nullptr) write_warnings(json, *report);
    json.end_array().end_object();
    return Response::json(std::move(json).text(), status).with_header("etag", etag_of(outcome.model));
}

std::string_view required_if_match(const Call& call) {
    const auto header = call.header("if-match");
    if (!header)
        throw Problem(428, "precondition_required",
                      "Send If-Match with the ETag of the model that you have read.");
    return *header;
}

std::int64_t version_in_path(const Call& call) {
    return decode_number("version", call.path("version"), kMaxVersion);
}

VersionRecord chosen_version(const Call& call, const ModelService& service, const ModelRecord& model) {
    const auto text = call.query("version");
    if (!text) return service.get_version(model, std::nullopt, as_of(call));
    if (*text == "latest") return service.get_version(model, model.latest_version, 0);
    return service.get_version(model, decode_number("version", *text, kMaxVersion), 0);
}

VersionRecord chosen_or_latest(const Call& call, const ModelService& service, const ModelRecord& model) {
    if (!call.query("version") && !call.query("as_of"))
        return service.get_version(model, model.latest_version, 0);
    return chosen_version(call, service, model);
}

}  // namespace rules
