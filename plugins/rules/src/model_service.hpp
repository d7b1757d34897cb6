#pragma once

#include "model_compiler.hpp"
#include "model_repository.hpp"
#include "mortise/any_call.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rules {

// What can be changed about a model; absent stays.
struct ModelChange {
    std::optional<std::string> name;
    std::optional<std::vector<std::string>> tags;
    std::optional<std::vector<SourceFile>> files;
    std::optional<std::string> tests;
};

struct ModelDraft {
    std::optional<std::string> key;  // else made of the name
    ModelChange content;             // with files
};

// The use cases of models. Throws the Problems that its callers answer.
class ModelService {
 public:
    explicit ModelService(const mortise::sdk::AnyCall& call) : call_(call), repository_(call.sql()) {}

    const ModelRepository& repository() const noexcept { return repository_; }

    // 404 unless the text is the id of a model, or a key: of the tenant's own model, else of the shared one.
    ModelRecord get(std::string_view id_or_key) const;
    // One that the tenant may change: 409 for a shared one, 412 unless `if_match` matches.
    ModelRecord own(std::string_view id, std::optional<std::string_view> if_match) const;
    // 404 unless the model has it. Without a number: the version in force at `at`, else 404
    // `no_version_in_force`.
    VersionRecord get_version(const ModelRecord& model, std::optional<std::int64_t> version,
                              std::int64_t at) const;
    VersionContent get_content(const VersionRecord& version) const;
    VersionContent get_content(const CompiledVersion& version) const;

    // For evaluation. A version that doesn't compile (a draft with errors) is 422.
    CompiledVersion compiled(const ModelRecord& model, const VersionRecord& version) const;
    // By the id or key of a model. Without a version: the one in force at `at`.
    CompiledVersion compiled(std::string_view model, std::optional<std::int64_t> version,
                             std::int64_t at) const;
    // By the name or id of a decision or decision service, of the version in force at `at`. An own model
    // overrides the shared one of its key; if then several models have it, 409 `ambiguous_decision` unless
    // `model_key` chooses one.
    CompiledVersion compiled_by_decision(std::string_view decision, std::optional<std::string_view> model_key,
                                         std::int64_t at) const;

    // What came of a change.
    struct Outcome {
        ModelRecord model;
        std::vector<Warning> warnings = {};                    // of the files that were compiled
        std::shared_ptr<const dmn::Model> compiled = nullptr;  // null if none were
    };
    // `if_match` is a header's value; an absent one matches. Shared models are changed by share() only.
    Outcome create(ModelDraft draft) const;
    Outcome change(std::string_view id, ModelChange change, std::optional<std::string_view> if_match) const;
    void remove(std::string_view id, std::optional<std::string_view> if_match) const;
    // Creates, or publishes a new version of, the shared model of a key.
    Outcome share(std::string_view key, ModelChange change) const;

    struct Publication {
        std::optional<std::int64_t> version;  // absent: the latest
        std::optional<std::int64_t> valid_from;
        std::optional<std::int64_t> valid_to;
    };
    Outcome publish(std::string_view id, const Publication& publication,
                    std::optional<std::string_view> if_match) const;
    // Publishes the content of an earlier published version as a new one; without a number, that of the one
    // that was in force before the one in force. A draft is kept: it moves behind the new version.
    Outcome roll_back(std::string_view id, std::optional<std::int64_t> version,
                      std::optional<std::string_view> if_match) const;
    // Ends a published version, now or later.
    ModelRecord end(std::string_view id, std::int64_t version, std::int64_t valid_to,
                    std::optional<std::string_view> if_match) const;

 private:
    void store(ModelRecord& model) const;
    Outcome insert(Layer layer, ModelDraft draft) const;
    // A draft of the latest version's number, with a content id of its own.
    VersionRecord draft_version(const ModelRecord& model) const;
    // Into the latest version if it is a draft, else into a new one.
    void change_content(Outcome& outcome, ModelChange change) const;
    VersionRecord earlier(const ModelRecord& model) const;
    // Makes room for a version before the latest one if that is a draft, else behind it: its number.
    std::int64_t make_room(ModelRecord& model) const;
    Outcome publish_version(ModelRecord model, VersionRecord version, const VersionContent& content) const;

    const mortise::sdk::AnyCall& call_;
    ModelRepository repository_;
};

struct TestLimits;
// The limits of tests that the tenant's settings give.
TestLimits test_limits(const mortise::sdk::AnyCall& call);

}  // namespace rules
