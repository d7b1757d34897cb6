#include "model_repository.hpp"

#include "model_json.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Query;
using mortise::sdk::Row;
using mortise::sdk::Uuid;

constexpr std::size_t kModelColumns = 9;
constexpr std::size_t kVersionColumns = 10;
constexpr std::size_t kMatchColumns = 10;
constexpr std::size_t kModelVersionColumns = 19;  // a model's, then a version's

constexpr Query kFind{"model_find", kModelColumns};
constexpr Query kFindByKey{"model_find_by_key", kModelColumns};
constexpr Query kList{"model_list", kModelColumns};
constexpr Query kInsert{"model_insert"};
constexpr Query kUpdate{"model_update"};
constexpr Query kDelete{"model_delete"};
constexpr Query kVersionFind{"version_find", kVersionColumns};
constexpr Query kVersionInForce{"version_in_force", kVersionColumns};
constexpr Query kVersionInForceByKey{"version_in_force_by_key", kModelVersionColumns};
constexpr Query kVersionBeginLater{"version_begin_later", kVersionColumns};
constexpr Query kVersionList{"version_list", kVersionColumns};
constexpr Query kVersionContent{"version_content", 2};
constexpr Query kVersionInsert{"version_insert"};
constexpr Query kVersionReplace{"version_replace"};
constexpr Query kVersionRenumber{"version_renumber"};
constexpr Query kVersionPublish{"version_publish"};
constexpr Query kVersionEnd{"version_end"};
constexpr Query kDecisionInsert{"decision_insert"};
constexpr Query kDecisionFind{"decision_find", kMatchColumns};

std::int64_t number_of(Layer layer) {
    return layer == Layer::kShared ? 0 : 1;
}

ModelRecord model_of(const Row& row) {
    ModelRecord model;
    model.id = row.uuid(0);
    model.key = row.text(1);
    model.layer = row.integer(2) == 0 ? Layer::kShared : Layer::kOwn;
    model.name = row.text(3);
    model.tags = split_tags(row.text(4));
    model.latest_version = row.integer(5);
    model.revision = row.integer(6);
    model.created_at = row.integer(7);
    model.updated_at = row.integer(8);
    return model;
}

// `first`: the column that its columns begin with.
VersionRecord version_from(const Row& row, std::size_t first) {
    VersionRecord version;
    version.model_id = row.uuid(first);
    version.version = row.integer(first + 1);
    version.status = row.text(first + 2) == "draft" ? Status::kDraft : Status::kPublished;
    version.content_id = row.uuid(first + 3);
    version.copy_of = row.maybe_integer(first + 4);
    version.valid_from = row.maybe_integer(first + 5);
    version.valid_to = row.maybe_integer(first + 6);
    version.created_at = row.integer(first + 7);
    version.published_at = row.maybe_integer(first + 8);
    version.published_by = row.maybe_uuid(first + 9);
    return version;
}

VersionRecord version_of(const Row& row) {
    return version_from(row, 0);
}

}  // namespace

std::optional<ModelRecord> ModelRepository::find(const Uuid& id) const {
    return sql_.one(kFind, {id}, model_of);
}

std::optional<ModelRecord> ModelRepository::find(std::string_view key, Layer layer) const {
    return sql_.one(kFindByKey, {key, number_of(layer)}, model_of);
}

std::vector<ModelRecord> ModelRepository::list(const ModelFilter& filter, const std::optional<Uuid>& after,
                                               std::int64_t limit) const {
    std::optional<std::int64_t> layer;
    if (filter.layer) layer = number_of(*filter.layer);
    return sql_.all(kList, {filter.tag, layer, filter.q, after, limit}, model_of);
}

void ModelRepository::insert(const ModelRecord& m) const {
    const std::string tags = join_tags(m.tags);
    sql_.run(kInsert, {m.id, m.key, number_of(m.layer), m.name, tags, m.latest_version, m.created_at});
}

bool ModelRepository::update(ModelRecord& m, std::int64_t now) const {
    const std::string tags = join_tags(m.tags);
    if (sql_.run(kUpdate, {m.name, tags, m.latest_version, now, m.id, m.revision}) != 1) return false;
    m.updated_at = now;
    ++m.revision;
    return true;
}

bool ModelRepository::remove(const ModelRecord& model) const {
    return sql_.run(kDelete, {model.id, model.revision}) == 1;
}

std::optional<VersionRecord> ModelRepository::find_version(const Uuid& model, std::int64_t version) const {
    return sql_.one(kVersionFind, {model, version}, version_of);
}

std::optional<VersionRecord> ModelRepository::find_in_force(const Uuid& model, std::int64_t at) const {
    return sql_.one(kVersionInForce, {model, at}, version_of);
}

std::optional<std::pair<ModelRecord, VersionRecord>> ModelRepository::find_in_force(std::string_view key,
                                                                                    std::int64_t at) const {
    return sql_.one(kVersionInForceByKey, {key, at}, [](const Row& row) {
        return std::pair(model_of(row), version_from(row, kModelColumns));
    });
}

std::vector<VersionRecord> ModelRepository::hidden_by(const VersionRecord& v, std::int64_t now) const {
    const std::int64_t after = std::max(v.valid_from.value_or(now), now);
    return sql_.all(kVersionBeginLater, {v.model_id, v.version, after, v.valid_to}, version_of);
}

std::vector<VersionRecord> ModelRepository::versions(const Uuid& model,
                                                     const std::optional<std::int64_t>& before,
                                                     std::int64_t limit) const {
    return sql_.all(kVersionList, {model, before, limit}, version_of);
}

std::optional<VersionContent> ModelRepository::content(const Uuid& model, std::int64_t version) const {
    // Parsed outside: an exception of the parser's must not pass through the rows' sink.
    const auto texts = sql_.one(kVersionContent, {model, version}, [](const Row& row) {
        return std::pair(std::string(row.text(0)), std::string(row.text(1)));
    });
    if (!texts) return std::nullopt;
    return VersionContent{files_of_json(texts->first), texts->second};
}

void ModelRepository::insert_version(const VersionRecord& v, const VersionContent& content) const {
    const std::string sources = files_to_json(content.files);
    sql_.run(kVersionInsert,
             {v.model_id, v.version, v.content_id, sources, content.tests, v.copy_of, v.created_at});
}

bool ModelRepository::replace_content(const VersionRecord& v, const VersionContent& content) const {
    const std::string sources = files_to_json(content.files);
    return sql_.run(kVersionReplace, {v.content_id, sources, content.tests, v.model_id, v.version}) == 1;
}

bool ModelRepository::renumber(const VersionRecord& draft, std::int64_t number) const {
    return sql_.run(kVersionRenumber, {number, draft.model_id, draft.version}) == 1;
}

bool ModelRepository::publish(const VersionRecord& v) const {
    return sql_.run(kVersionPublish,
                    {v.valid_from, v.valid_to, v.published_at, v.published_by, v.model_id, v.version}) == 1;
}

bool ModelRepository::end_version(const Uuid& model, std::int64_t version, std::int64_t valid_to) const {
    return sql_.run(kVersionEnd, {valid_to, model, version}) == 1;
}

void ModelRepository::add_decision(const VersionRecord& version, std::string_view key) const {
    sql_.run(kDecisionInsert, {key, version.model_id, version.version});
}

std::vector<DecisionMatch> ModelRepository::find_decision(std::string_view key,
                                                          std::optional<std::string_view> model_key,
                                                          std::int64_t at) const {
    return sql_.all(kDecisionFind, {key, model_key, at}, [](const Row& row) {
        return DecisionMatch{model_of(row), row.integer(kModelColumns)};
    });
}

}  // namespace rules
