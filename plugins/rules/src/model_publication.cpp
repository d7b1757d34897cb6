#include "evaluation_service.hpp"
#include "evaluation_settings.hpp"
#include "model_service.hpp"
#include "model_tests.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"
#include "mortise/time.hpp"

#include <set>
#include <string>
#include <utility>

// Publishing, rolling back and ending versions.
namespace rules {
namespace {

using mortise::sdk::AnyCall;
using mortise::sdk::format_time;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;

// What a version is found by: names and ids of the model's own decisions and decision services.
std::set<std::string> decision_keys(const dmn::Model& model) {
    std::set<std::string> keys;
    for (const dmn::Model::Entry& entry : model.entries()) {
        const bool callable = entry.kind == dmn::NodeKind::kDecision || entry.kind == dmn::NodeKind::kService;
        if (!callable || !entry.import_path.empty()) continue;
        keys.insert(entry.name);
        keys.insert(entry.id);
    }
    keys.erase("");
    return keys;
}

std::string event_data(const ModelRecord& model, const VersionRecord& version) {
    JsonWriter json;
    json.begin_object().member("id", model.id.to_string()).member("key", model.key);
    json.member("layer", name_of(model.layer)).member("version", version.version);
    json.member("copy_of", version.copy_of).member("valid_from", format_time(version.valid_from.value_or(0)));
    json.key("valid_to");
    if (version.valid_to)
        json.value(format_time(*version.valid_to));
    else
        json.value(nullptr);
    return std::move(json.end_object()).text();
}

void check_tests(const dmn::Model& model, const VersionContent& content, const TestLimits& limits) {
    const TestRun run = run_tests(model, decode_tests(content.tests), limits);
    if (!run.passed())
        throw Problem(422, "tests_failed", "Tests of the model fail; see errors.")
            .with_errors_json(failures_to_json(run));
}

void check_period(const VersionRecord& version) {
    if (version.valid_to && *version.valid_to <= *version.valid_from)
        throw Problem(400, "invalid_period", "valid_to must be later than valid_from.");
}

void warn_of_hidden(std::vector<Warning>& warnings, const std::vector<VersionRecord>& hidden) {
    for (const VersionRecord& version : hidden)
        warnings.push_back(
            {.code = "hides_planned_version",
             .detail = "Version " + std::to_string(version.version) + ", planned from " +
                       format_time(version.valid_from.value_or(0)) +
                       ", stays hidden as long as this version is in force, whose number is higher. "
                       "To keep the plan, publish its content again with that valid_from."});
}

}  // namespace

TestLimits test_limits(const AnyCall& call) {
    const EvaluationSettings settings = decode_settings(call.settings());
    TestLimits limits{.milliseconds = settings.milliseconds};
    limits.end = evaluation_end(call);
    limits.evaluation = settings.limits(limits.end);
    return limits;
}

ModelService::Outcome ModelService::publish_version(ModelRecord model, VersionRecord version,
                                                    const VersionContent& content) const {
    dmn::Compilation compilation = compile_files(content.files);
    refuse_faults(compilation.faults, content.files);
    check_tests(*compilation.model, content, test_limits(call_));
    version.published_at = call_.now();
    version.published_by = call_.principal();
    if (!version.valid_from) version.valid_from = version.published_at;
    check_period(version);
    if (!repository_.publish(version))
        throw Problem(409, "already_published", "The version is published already. Only a draft can be.");
    for (const std::string& key : decision_keys(*compilation.model))
        repository_.add_decision(version, key);
    store(model);
    call_.publish("model.published", model.key, event_data(model, version));
    std::vector<Warning> warnings = warnings_of(compilation.faults);
    warn_of_hidden(warnings, repository_.hidden_by(version, call_.now()));
    return {std::move(model), std::move(warnings), std::move(compilation.model)};
}

ModelService::Outcome ModelService::publish(std::string_view id, const Publication& publication,
                                            std::optional<std::string_view> if_match) const {
    ModelRecord model = own(id, if_match);
    VersionRecord version = get_version(model, publication.version.value_or(model.latest_version), 0);
    if (version.version != model.latest_version)
        throw Problem(409, "superseded_draft",
                      "A later version is there, and would stay in force. Change the model to draft anew.");
    version.valid_from = publication.valid_from;
    version.valid_to = publication.valid_to;
    return publish_version(std::move(model), version, get_content(version));
}

VersionRecord ModelService::earlier(const ModelRecord& model) const {
    const auto current = repository_.find_in_force(model.id, call_.now());
    if (!current)
        throw Problem(409, "nothing_to_roll_back",
                      "No version is in force. Name the version whose content is to be published.");
    if (auto before = repository_.find_in_force(model.id, current->valid_from.value_or(0) - 1))
        return std::move(*before);
    throw Problem(409, "nothing_to_roll_back",
                  "No version was in force before version " + std::to_string(current->version) +
                      ". Name the version to go back to, or end the one in force.");
}

std::int64_t ModelService::make_room(ModelRecord& model) const {
    const VersionRecord latest = get_version(model, model.latest_version, 0);
    const std::int64_t number = ++model.latest_version;
    if (latest.status == Status::kPublished) return number;
    if (!repository_.renumber(latest, ++model.latest_version))
        throw Problem(409, "already_published", "The draft has just been published. Repeat the rollback.");
    return number;
}

ModelService::Outcome ModelService::roll_back(std::string_view id, std::optional<std::int64_t> version,
                                              std::optional<std::string_view> if_match) const {
    ModelRecord model = own(id, if_match);
    const VersionRecord source = version ? get_version(model, version, 0) : earlier(model);
    if (source.status != Status::kPublished)
        throw Problem(409, "not_published", "Only to a published version can be rolled back.");
    const VersionContent content = get_content(source);
    VersionRecord copy = draft_version(model);
    copy.version = make_room(model);
    copy.content_id = source.content_id;  // the same content: what is compiled stays good
    copy.copy_of = source.version;
    repository_.insert_version(copy, content);
    return publish_version(std::move(model), copy, content);
}

ModelRecord ModelService::end(std::string_view id, std::int64_t number, std::int64_t valid_to,
                              std::optional<std::string_view> if_match) const {
    ModelRecord model = own(id, if_match);
    VersionRecord version = get_version(model, number, 0);
    if (version.status != Status::kPublished)
        throw Problem(409, "not_published", "Only a published version has an end.");
    version.valid_to = valid_to;
    check_period(version);
    repository_.end_version(model.id, number, valid_to);
    store(model);
    return model;
}

ModelService::Outcome ModelService::share(std::string_view key, ModelChange change) const {
    if (const auto wrong = check_key(key))
        throw Problem(400, "invalid_key", "The key is not valid: " + *wrong);
    Outcome outcome;
    if (auto model = repository_.find(key, Layer::kShared)) {
        outcome.model = std::move(*model);
        if (change.name) outcome.model.name = *change.name;
        if (change.tags) outcome.model.tags = *change.tags;
        change_content(outcome, std::move(change));
    } else {
        outcome = insert(Layer::kShared, {std::string(key), std::move(change)});
    }
    const VersionRecord version = get_version(outcome.model, outcome.model.latest_version, 0);
    return publish_version(std::move(outcome.model), version, get_content(version));
}

}  // namespace rules
