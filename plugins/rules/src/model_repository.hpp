#pragma once

#include "model.hpp"
#include "mortise/sql.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace rules {

// Absent: not filtered.
struct ModelFilter {
    std::optional<std::string> tag;  // ",a,"
    std::optional<Layer> layer;
    std::optional<std::string> q;  // ASCII letters in lower case
};

// A version found by one of its decisions.
struct DecisionMatch {
    ModelRecord model;
    std::int64_t version = 0;
};

// The plugin's statements about models, in the call's unit of work.
class ModelRepository {
 public:
    explicit ModelRepository(mortise::sdk::Sql sql) noexcept : sql_(sql) {}

    std::optional<ModelRecord> find(const mortise::sdk::Uuid& id) const;
    std::optional<ModelRecord> find(std::string_view key, Layer layer) const;
    std::vector<ModelRecord> list(const ModelFilter& filter, const std::optional<mortise::sdk::Uuid>& after,
                                  std::int64_t limit) const;
    // Throws UniqueViolation if the layer has the key.
    void insert(const ModelRecord& model) const;
    // Writes name, tags and latest_version, and raises the revision. False: another change came first.
    bool update(ModelRecord& model, std::int64_t now) const;
    bool remove(const ModelRecord& model) const;

    std::optional<VersionRecord> find_version(const mortise::sdk::Uuid& model, std::int64_t version) const;
    std::optional<VersionRecord> find_in_force(const mortise::sdk::Uuid& model, std::int64_t at) const;
    // The tenant's own model of a key, or the shared one as long as that has no version in force.
    std::optional<std::pair<ModelRecord, VersionRecord>> find_in_force(std::string_view key,
                                                                       std::int64_t at) const;
    // The published versions that would begin later than `now` while the version is in force, which hides
    // them since its number is higher.
    std::vector<VersionRecord> hidden_by(const VersionRecord& version, std::int64_t now) const;
    // The newest first, those before `before`.
    std::vector<VersionRecord> versions(const mortise::sdk::Uuid& model,
                                        const std::optional<std::int64_t>& before, std::int64_t limit) const;
    std::optional<VersionContent> content(const mortise::sdk::Uuid& model, std::int64_t version) const;
    void insert_version(const VersionRecord& version, const VersionContent& content) const;
    // Of a draft; false if it is none.
    bool replace_content(const VersionRecord& version, const VersionContent& content) const;
    // Of a draft; false if it is none.
    bool renumber(const VersionRecord& draft, std::int64_t number) const;
    bool publish(const VersionRecord& version) const;
    bool end_version(const mortise::sdk::Uuid& model, std::int64_t version, std::int64_t valid_to) const;

    void add_decision(const VersionRecord& version, std::string_view key) const;
    // The version in force of each model that has the decision, the tenant's own models first. `model_key`
    // narrows it to one. Where an own model overrides a shared one, both are there.
    std::vector<DecisionMatch> find_decision(std::string_view key, std::optional<std::string_view> model_key,
                                             std::int64_t at) const;

 private:
    mortise::sdk::Sql sql_;
};

}  // namespace rules
