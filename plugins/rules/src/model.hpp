#pragma once

#include "mortise/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A DMN model with its versions. Pure: nothing here knows of requests or storage.
namespace rules {

inline constexpr std::size_t kMaxKey = 64;
inline constexpr std::size_t kMaxName = 200;  // bytes, like all below
inline constexpr std::size_t kMaxTags = 20;
inline constexpr std::size_t kMaxTests = 10'000;
inline constexpr std::size_t kMaxFiles = 64;
inline constexpr std::size_t kMaxFileName = 255;

// Whose a model is. A tenant's own model overrides the shared one of the same key.
enum class Layer : std::uint8_t { kShared, kOwn };
enum class Status : std::uint8_t { kDraft, kPublished };

std::string_view name_of(Layer layer) noexcept;
std::string_view name_of(Status status) noexcept;

struct ModelRecord {
    mortise::sdk::Uuid id;
    std::string key;
    Layer layer = Layer::kOwn;
    std::string name;
    std::vector<std::string> tags;  // sorted
    std::int64_t latest_version = 0;
    std::int64_t revision = 1;  // the ETag
    std::int64_t created_at = 0;
    std::int64_t updated_at = 0;
};

struct SourceFile {
    std::string name;
    std::string xml;
    std::string pointer = {};  // where it stands in a request's body (RFC 6901), for its faults; not stored
};

// A version without its texts. Times are microseconds; it is in force from `valid_from` until before
// `valid_to`, and of several versions in force the latest counts.
struct VersionRecord {
    mortise::sdk::Uuid model_id;
    std::int64_t version = 0;
    Status status = Status::kDraft;
    mortise::sdk::Uuid content_id;  // another one whenever a draft's files change
    std::optional<std::int64_t> copy_of;
    std::optional<std::int64_t> valid_from;
    std::optional<std::int64_t> valid_to;
    std::int64_t created_at = 0;
    std::optional<std::int64_t> published_at;
    std::optional<mortise::sdk::Uuid> published_by;
};

// What a version is made of.
struct VersionContent {
    std::vector<SourceFile> files;  // the model first, then what it imports
    std::string tests = "[]";       // a JSON array, see model_tests.hpp
};

// 1 to 64 of [a-z0-9._-], beginning with a letter or digit: what is wrong with it, or nullopt.
std::optional<std::string> check_key(std::string_view key);
std::optional<std::string> check_tag(std::string_view tag);
// A key out of a name: lower case, other characters become hyphens; "model" if nothing is left.
std::string make_key(std::string_view name);

// Tags as they are stored and filtered, ",a,b,".
std::string join_tags(const std::vector<std::string>& tags);
std::vector<std::string> split_tags(std::string_view joined);

std::string etag_of(const ModelRecord& model);

}  // namespace rules
