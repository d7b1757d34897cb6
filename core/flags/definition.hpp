#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::flags {

inline constexpr std::size_t kMaxDefinitionSize = 64 * 1024;      // bytes of one flag's JSON
inline constexpr std::size_t kMaxVariants = 1000;                 // of one flag
inline constexpr std::size_t kMaxDocumentSize = 8 * 1024 * 1024;  // bytes of an imported document
inline constexpr std::size_t kMaxDocumentFlags = 10'000;

enum class VariantType : std::uint8_t { kBoolean, kString, kNumber, kObject };

struct Variant {
    std::string name;
    std::string value;  // JSON, compact
};

// A flagd flag definition (flagd-schemas, flags.json) with static variants.
struct Definition {
    bool enabled = false;
    VariantType type = VariantType::kBoolean;
    std::vector<Variant> variants;               // sorted by name, at least one
    std::optional<std::size_t> default_variant;  // none: the application's own default
    std::string metadata;                        // a JSON object, compact; empty if there is none
    std::string json;                            // the whole, compact, members in the order of the schema

    // Null if there is none of this name.
    const Variant* find(std::string_view variant) const noexcept;
};

bool is_flag_key(std::string_view key) noexcept;  // [A-Za-z0-9._-]{1,128}, not . or ..

// Strict: an unknown or repeated member, a value of another type, or a default that is no variant is
// `invalid_flag` (400) with JSON pointers. A `targeting` that isn't empty is `targeting_not_available` (422):
// this version evaluates static variants and overrides only.
base::Result<Definition> parse_definition(std::string_view json);

// A flagd document {"flags": {key: flag, …}}: all of it, or every error with its pointer. Members `$schema`
// and `metadata` are allowed; the set's metadata becomes part of each flag's, as flagd answers it. In key
// order.
base::Result<std::vector<std::pair<std::string, Definition>>> parse_document(std::string_view json);

}  // namespace mortise::flags
