#include "model_handlers.hpp"

#include "analysis/analysis.hpp"
#include "model_body.hpp"
#include "model_json.hpp"
#include "model_page.hpp"
#include "model_request.hpp"
#include "model_schema.hpp"
#include "model_service.hpp"
#include "model_tests.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rules {
namespace {

using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;

// Some milliseconds' work: who wants all of it asks for the analysis.
constexpr analysis::Limits kAnalysisOfPublication{
    .steps = 2'000'000, .steps_per_table = 1'000'000, .max_findings = 5};

void write_cursor(JsonWriter& json, const std::optional<std::string>& cursor) {
    json.end_array().member("next_cursor", cursor).end_object();
}

// Leaves as many as the page takes; whether there were more.
template <typename Item>
bool cut(std::vector<Item>& items, std::int64_t limit) {
    if (items.size() <= static_cast<std::size_t>(limit)) return false;
    items.resize(static_cast<std::size_t>(limit));
    return true;
}

Response published_answer(const ModelService::Outcome& published) {
    const analysis::Report report = analysis::analyse(*published.compiled, kAnalysisOfPublication);
    return answer(published, 200, &report);
}

}  // namespace

Response list_models(Call& call) {
    const ModelPage page = decode_model_page(call);
    auto models = ModelRepository(call.sql()).list(page.filter, page.after, page.limit + 1);
    const bool more = cut(models, page.limit);
    JsonWriter json;
    json.begin_object().key("items").begin_array();
    for (const ModelRecord& model : models)
        write(json, model);
    write_cursor(json, more ? std::optional(models.back().id.to_string()) : std::nullopt);
    return Response::json(std::move(json).text());
}

Response create_model(Call& call) {
    const auto created = ModelService(call).create(decode_model(call, NeedsFiles::kYes, true));
    return answer(created, 201)
        .with_header("location", "/api/v1/rules/models/" + created.model.id.to_string());
}

Response validate_model(Call& call) {
    const ModelDraft draft = decode_model(call, NeedsFiles::kYes, true);
    const std::vector<SourceFile>& files = draft.content.files.value();
    const dmn::Compilation compilation = compile_files(files);
    JsonWriter json;
    json.begin_object().member("valid", !compilation.faults.has_errors());
    json.member("complete", compilation.faults.complete());
    json.key("faults").raw(faults_to_json(compilation.faults, files)).end_object();
    return Response::json(std::move(json).text());
}

Response read_model(Call& call) {
    call.allow_query({});
    return answer(ModelService(call).get(call.path("id")));
}

Response change_model(Call& call) {
    const std::string_view if_match = required_if_match(call);
    ModelDraft draft = decode_model(call, NeedsFiles::kNo, false);
    return answer(ModelService(call).change(call.path("id"), std::move(draft.content), if_match));
}

Response delete_model(Call& call) {
    call.allow_query({});
    ModelService(call).remove(call.path("id"), required_if_match(call));
    return Response::empty();
}

Response share_model(Call& call) {
    ModelDraft draft = decode_model(call, NeedsFiles::kYes, false);
    return published_answer(ModelService(call).share(call.path("key"), std::move(draft.content)));
}

Response list_versions(Call& call) {
    const VersionPage page = decode_version_page(call);
    const ModelService service(call);
    const ModelRecord model = service.get(call.path("id"));
    auto versions = service.repository().versions(model.id, page.before, page.limit + 1);
    const bool more = cut(versions, page.limit);
    JsonWriter json;
    json.begin_object().key("items").begin_array();
    for (const VersionRecord& version : versions)
        write(json, version);
    write_cursor(json, more ? std::optional(std::to_string(versions.back().version)) : std::nullopt);
    return Response::json(std::move(json).text());
}

Response read_version(Call& call) {
    call.allow_query({});
    const ModelService service(call);
    const auto version = service.get_version(service.get(call.path("id")), version_in_path(call), 0);
    const VersionContent content = service.get_content(version);
    JsonWriter json;
    json.begin_object().key("version");
    write(json, version);
    json.key("files").raw(files_to_json(content.files)).key("tests").raw(content.tests).end_object();
    return Response::json(std::move(json).text());
}

Response read_source(Call& call) {
    call.allow_query({"file"});
    const ModelService service(call);
    const auto version = service.get_version(service.get(call.path("id")), version_in_path(call), 0);
    VersionContent content = service.get_content(version);
    const std::string_view wanted = call.query("file").value_or(content.files.front().name);
    for (SourceFile& file : content.files)
        if (file.name == wanted) return {200, {{"content-type", "application/xml"}}, std::move(file.xml), {}};
    throw Problem(404, "file_not_found", "The version has no file of this name.");
}

Response end_version(Call& call) {
    call.allow_query({});
    const std::int64_t end = decode_end(call.body(kMaxSmallBody), call.now());
    return answer(
        ModelService(call).end(call.path("id"), version_in_path(call), end, call.header("if-match")));
}

Response publish_model(Call& call) {
    call.allow_query({});
    const auto publication = decode_publication(call.body(kMaxSmallBody));
    return published_answer(
        ModelService(call).publish(call.path("id"), publication, call.header("if-match")));
}

Response roll_back_model(Call& call) {
    call.allow_query({});
    const auto version = decode_version(call.body(kMaxSmallBody));
    return published_answer(ModelService(call).roll_back(call.path("id"), version, call.header("if-match")));
}

Response list_decisions(Call& call) {
    call.allow_query({"version", "as_of"});
    const ModelService service(call);
    const ModelRecord model = service.get(call.path("id"));
    const VersionRecord version = chosen_version(call, service, model);
    const CompiledVersion compiled = service.compiled(model, version);
    return Response::json(decisions_to_json(*compiled.model, service.get_content(version).files));
}

Response test_model(Call& call) {
    call.allow_query({"version", "as_of"});
    const ModelService service(call);
    const ModelRecord model = service.get(call.path("id"));
    const VersionRecord version = chosen_or_latest(call, service, model);
    const CompiledVersion compiled = service.compiled(model, version);
    const VersionContent content = service.get_content(version);
    const TestRun run = run_tests(*compiled.model, decode_tests(content.tests), test_limits(call));
    return Response::json(to_json(run, rules_of(content.files)));
}

}  // namespace rules
