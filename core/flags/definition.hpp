#pragma once

#include "core/base/result.hpp"
#include "core/flags/compiler.hpp"
#include "core/flags/delivery.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::flags {

inline constexpr std::size_t kMaxDefinitionSize = 64 * 1024;  // bytes of one flag's JSON
inline constexpr std::size_t kMaxVariants = 1000;             // of one flag
inline constexpr std::size_t kMaxVariantName = 128;

enum class VariantType : std::uint8_t { kBoolean, kString, kNumber, kObject };

struct Variant {
    std::string name;
    std::string value;  // JSON, compact
};

// A flagd flag definition (flagd-schemas, flags.json), with its rule compiled, and with one member more.
struct Definition {
    bool enabled = false;
    VariantType type = VariantType::kBoolean;
    std::vector<Variant> variants;               // sorted by name, at least one
    std::optional<std::size_t> default_variant;  // none: the application's own default
    std::string metadata;                        // a JSON object, compact; empty if there is none
    std::string json;                            // the whole, compact, members in the order of the schema

    bool targeted = false;                   // it has a rule
    std::shared_ptr<const Program> rule;     // null though it is targeted: it can't be evaluated
    std::vector<base::FieldError> warnings;  // of a definition that was read as flagd does

    std::shared_ptr<const Delivery> delivery;  // what the member "mortise" says; null: nothing

    // Null if there is none of this name.
    const Variant* find(std::string_view variant) const noexcept;
};

// 1 to 128 bytes of UTF-8 without control characters, not . or .., which clients fold away in a path.
bool is_flag_key(std::string_view key) noexcept;

// An unknown or repeated member, a value of another type, a default that is no variant, or a rule against the
// schema or beyond a limit is `invalid_flag` (400) with JSON pointers. `set` is what the flag's rule may
// refer to. With flagd's strictness what only the schema forbids is a warning.
base::Result<Definition> parse_definition(std::string_view json, const RuleSet& set = {},
                                          Strictness strictness = Strictness::kSchema);

// The same of a flag that was read already, as a part of a document: `at` is its pointer. Faults are added to
// `faults`, warnings to the definition.
Definition read_definition(const nlohmann::json& flag, const RuleSet& set, Strictness strictness,
                           const std::string& at, std::vector<base::FieldError>& faults);

// `invalid_flag` with the first hundred of these faults.
base::Error invalid_flag(std::vector<base::FieldError> faults);

// Adds what is wrong with the metadata of a flag or of a set.
void check_metadata(const nlohmann::json& metadata, const std::string& at,
                    std::vector<base::FieldError>& faults);

}  // namespace mortise::flags
