#include "model_service.hpp"

#include "compiled_models.hpp"
#include "mortise/entity_tag.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

#include <algorithm>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;
using mortise::sdk::UniqueViolation;
using mortise::sdk::Uuid;

constexpr std::size_t kMaxStored = std::size_t{16} << 20;  // of a version's texts

[[noreturn]] void refuse_missing() {
    throw Problem(404, "model_not_found", "No model has this id or key.");
}

[[noreturn]] void refuse_revision() {
    throw Problem(412, "version_mismatch", "The model has changed. Read it again, then repeat the change.");
}

void check_size(const VersionContent& content) {
    std::size_t size = content.tests.size();
    for (const SourceFile& file : content.files)
        size += file.name.size() + file.xml.size();
    if (size > kMaxStored)
        throw Problem(413, "model_too_large",
                      "A model with its tests may have at most " + std::to_string(kMaxStored) + " bytes.");
}

std::string keys_json(const std::vector<DecisionMatch>& matches) {
    JsonWriter json;
    json.begin_object().key("models").begin_array();
    for (const DecisionMatch& match : matches)
        json.value(match.model.key);
    return std::move(json.end_array().end_object()).text();
}

VersionContent content_of(const ModelRepository& repository, const Uuid& model, std::int64_t version) {
    auto content = repository.content(model, version);
    if (!content) throw Problem(404, "version_not_found", "The model has no version of this number.");
    return std::move(*content);
}

void compile_into(ModelService::Outcome& outcome, const std::vector<SourceFile>& files) {
    dmn::Compilation compilation = compile_files(files);
    refuse_faults(compilation.faults, files);
    outcome.warnings = warnings_of(compilation.faults);
    outcome.compiled = std::move(compilation.model);
}

}  // namespace

ModelRecord ModelService::get(std::string_view id_or_key) const {
    if (const auto id = Uuid::parse(id_or_key))
        if (auto found = repository_.find(*id)) return std::move(*found);
    if (check_key(id_or_key)) refuse_missing();
    if (auto own = repository_.find(id_or_key, Layer::kOwn)) return std::move(*own);
    if (auto shared = repository_.find(id_or_key, Layer::kShared)) return std::move(*shared);
    refuse_missing();
}

VersionRecord ModelService::get_version(const ModelRecord& model, std::optional<std::int64_t> version,
                                        std::int64_t at) const {
    auto found =
        version ? repository_.find_version(model.id, *version) : repository_.find_in_force(model.id, at);
    if (!found && version)
        throw Problem(404, "version_not_found", "The model has no version of this number.");
    if (!found)
        throw Problem(404, "no_version_in_force", "No version of the model is in force at that time.");
    return std::move(*found);
}

VersionContent ModelService::get_content(const VersionRecord& version) const {
    return content_of(repository_, version.model_id, version.version);
}

VersionContent ModelService::get_content(const CompiledVersion& version) const {
    return content_of(repository_, version.model_id, version.version);
}

CompiledVersion ModelService::compiled(const ModelRecord& model, const VersionRecord& version) const {
    const auto load = [&] { return get_content(version).files; };
    auto compiled = compiled_models().get({call_.tenant(), version.content_id}, load);
    if (!compiled) throw Problem(422, "invalid_model", "The version can't be read as a model.");
    return {model.id, model.key, version.version, std::move(compiled)};
}

CompiledVersion ModelService::compiled(std::string_view id, std::optional<std::int64_t> version,
                                       std::int64_t at) const {
    if (!version && !Uuid::parse(id) && !check_key(id))
        if (const auto found = repository_.find_in_force(id, at))
            return compiled(found->first, found->second);
    const ModelRecord model = get(id);
    return compiled(model, get_version(model, version, at));
}

CompiledVersion ModelService::compiled_by_decision(std::string_view decision,
                                                   std::optional<std::string_view> model_key,
                                                   std::int64_t at) const {
    std::vector<DecisionMatch> found = repository_.find_decision(decision, model_key, at);
    std::erase_if(found, [&](const DecisionMatch& match) {
        if (match.model.layer == Layer::kOwn) return false;
        const auto own = repository_.find(match.model.key, Layer::kOwn);
        return own && repository_.find_in_force(own->id, at);
    });
    if (found.empty())
        throw Problem(
            404, "decision_not_found",
            "No model in force at that time has a decision or decision service of this name or id.");
    if (found.size() > 1)
        throw Problem(409, "ambiguous_decision", "Several models have the decision. Choose one of them.")
            .with_extensions(keys_json(found));
    const DecisionMatch& match = found.front();
    return compiled(match.model, get_version(match.model, match.version, at));
}

ModelRecord ModelService::own(std::string_view id, std::optional<std::string_view> if_match) const {
    ModelRecord model = get(id);
    if (model.layer == Layer::kShared)
        throw Problem(409, "shared_model",
                      "The platform shares this model. Create one with its key to override it.");
    if (if_match && !mortise::sdk::matches_etag(*if_match, etag_of(model))) refuse_revision();
    return model;
}

void ModelService::store(ModelRecord& model) const {
    if (!repository_.update(model, call_.now())) refuse_revision();
}

ModelService::Outcome ModelService::insert(Layer layer, ModelDraft draft) const {
    VersionContent content{std::move(draft.content.files).value(), draft.content.tests.value_or("[]")};
    check_size(content);
    Outcome outcome;
    compile_into(outcome, content.files);
    ModelRecord& model = outcome.model;
    model.id = call_.new_id();
    model.layer = layer;
    model.name = draft.content.name.value_or(outcome.compiled->name().substr(0, kMaxName));
    model.key = draft.key.value_or(make_key(model.name));
    model.tags = draft.content.tags.value_or(std::vector<std::string>());
    model.latest_version = 1;
    model.created_at = model.updated_at = call_.now();
    try {
        repository_.insert(model);
    } catch (const UniqueViolation&) {
        throw Problem(409, "key_taken", "Another model has this key. Choose another one.");
    }
    repository_.insert_version(draft_version(model), content);
    return outcome;
}

VersionRecord ModelService::draft_version(const ModelRecord& model) const {
    VersionRecord version;
    version.model_id = model.id;
    version.version = model.latest_version;
    version.content_id = call_.new_id();
    version.created_at = call_.now();
    return version;
}

void ModelService::change_content(Outcome& outcome, ModelChange change) const {
    ModelRecord& model = outcome.model;
    const VersionRecord latest = get_version(model, model.latest_version, 0);
    VersionContent content = get_content(latest);
    if (change.files) {
        compile_into(outcome, *change.files);
        content.files = std::move(*change.files);
    }
    if (change.tests) content.tests = std::move(*change.tests);
    check_size(content);
    const bool replaces = latest.status == Status::kDraft;
    if (!replaces) ++model.latest_version;
    const VersionRecord draft = draft_version(model);
    if (!replaces)
        repository_.insert_version(draft, content);
    else if (!repository_.replace_content(draft, content))
        refuse_revision();
}

ModelService::Outcome ModelService::create(ModelDraft draft) const {
    return insert(Layer::kOwn, std::move(draft));
}

ModelService::Outcome ModelService::change(std::string_view id, ModelChange change,
                                           std::optional<std::string_view> if_match) const {
    Outcome outcome{own(id, if_match)};
    ModelRecord& model = outcome.model;
    if (change.name) model.name = *change.name;
    if (change.tags) model.tags = *change.tags;
    if (change.files || change.tests) change_content(outcome, std::move(change));
    store(model);
    return outcome;
}

void ModelService::remove(std::string_view id, std::optional<std::string_view> if_match) const {
    if (!repository_.remove(own(id, if_match))) refuse_revision();
}

}  // namespace rules
