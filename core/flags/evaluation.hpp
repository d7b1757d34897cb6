#pragma once

#include "core/base/uuid.hpp"
#include "core/flags/value.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace mortise::flags {

// OpenFeature's resolution reasons, as flagd gives them:
//   STATIC           the default variant of a flag without targeting
//   TARGETING_MATCH  the rule chose the variant, or an override did: it is a rule over the context's
//                    `targetingKey`, (its) `tenant` or (its) `plan`; or a rollout, a schedule or a
//                    prerequisite
//   DEFAULT          the rule chose none, so that the default variant applies; or there is no default variant
//                    and the application's own default applies, no value
//   DISABLED         the flag is disabled, whatever its overrides; no value
//   ERROR            see the error code; no value
enum class Reason : std::uint8_t { kStatic, kTargetingMatch, kDefault, kDisabled, kError };
std::string_view to_string(Reason reason) noexcept;

// OpenFeature's error codes, as far as an evaluation has them.
enum class ErrorCode : std::uint8_t {
    kNone,
    kFlagNotFound,
    kParseError,           // the rule could not be compiled
    kGeneral,              // it failed, or chose a variant that the flag hasn't
    kTargetingKeyMissing,  // a rollout by user has nobody to go by
};
std::string_view to_string(ErrorCode code) noexcept;

// The answer for one flag. Views live as long as the FlagSet that gave them; `key` of one that was not found
// is the caller's.
struct Evaluation {
    bool found = false;  // else FLAG_NOT_FOUND
    std::string_view key;
    Reason reason = Reason::kError;
    ErrorCode error = ErrorCode::kFlagNotFound;  // kNone unless the reason is kError
    std::string_view detail;                     // of an error: a sentence, public
    std::string_view variant;                    // empty: no variant and no value
    std::string_view value;                      // JSON
    std::string_view members;   // both as members of a JSON object: "variant":"…","value":…
    std::string_view metadata;  // a JSON object, or empty
};

// For whom is evaluated. Tenant and plan come from the credential, never from the client's context:
// attributes of these names, and of `targetingKey` and `$flagd`, are passed over.
struct Subject {
    base::Uuid tenant;             // nil: the platform
    std::string_view tenant_slug;  // what rules see as `tenant`; empty: none
    std::string_view plan;         // what rules see as `plan`; empty: none
    std::string_view targeting_key;
    std::span<const Member> attributes;  // sorted by name
    std::int64_t now = 0;                // seconds since 1970, `$flagd.timestamp`
    bool client_only = false;            // flags that are not for clients are as if they weren't there
};

}  // namespace mortise::flags
