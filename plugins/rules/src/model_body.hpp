#pragma once

#include "model_service.hpp"
#include "mortise/call.hpp"
#include "pack_service.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// What requests about models say, read and checked with all faults at once.
namespace rules {

inline constexpr std::size_t kMaxModelBody = std::size_t{16} << 20;  // bytes, like the one below
inline constexpr std::size_t kMaxSmallBody = 64 * 1024;

enum class NeedsFiles : bool { kNo, kYes };

// A body of XML is one file, whose key, name and tags are query parameters; one of JSON has "files",
// "xml" or "simple", and "tests", "name", "tags" and, where `with_key`, "key".
ModelDraft decode_model(const mortise::sdk::Call& call, NeedsFiles needs_files, bool with_key);

// {"version", "valid_from", "valid_to"}, all optional; an empty body says nothing.
ModelService::Publication decode_publication(std::string_view body);
// {"version"}
std::optional<std::int64_t> decode_version(std::string_view body);
// {"valid_to"}; absent: now.
std::int64_t decode_end(std::string_view body, std::int64_t now);
// {"key", "publish", "replace"}, all optional; an empty body says nothing.
Installation decode_installation(std::string_view body);

// RFC 3339 with an offset, or a date, whose beginning in UTC it means; microseconds.
std::optional<std::int64_t> parse_moment(std::string_view text);
// The query parameter `as_of`, else now. 400 if it is no time.
std::int64_t as_of(const mortise::sdk::Call& call);

}  // namespace rules
