#pragma once

#include "core/base/result.hpp"
#include "core/flags/compiler.hpp"
#include "core/flags/definition.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// A rule as Unleash's clients evaluate it (client specification 5): a list of strategies, the first of which
// whose constraints all hold decides. Only what means the same there for every context that both can have is
// translated; for all else there is a reason, never an approximation (docs/en/flags.md, "Unleash").

enum class UnleashOperator : std::uint8_t { kIn, kNotIn, kContains, kStartsWith, kEndsWith };
std::string_view to_string(UnleashOperator comparison) noexcept;

struct UnleashConstraint {
    std::string context;  // the name of a field or property of Unleash's context
    UnleashOperator comparison = UnleashOperator::kIn;
    std::vector<std::string> values;
    bool inverted = false;

    bool operator==(const UnleashConstraint&) const = default;
};

struct UnleashStrategy {
    std::vector<UnleashConstraint> constraints;  // all must hold
    std::size_t variant = 0;                     // of the definition
};

inline constexpr std::size_t kMaxUnleashStrategies = 64;  // of one flag
inline constexpr std::size_t kMaxUnleashUsers = 1000;     // with overrides, of one flag

// What is known of the caller, which is constant for his clients.
struct UnleashSubject {
    std::string_view tenant;  // slug
    std::string_view plan;
};

// What stands in the place of a rule, or before it.
struct UnleashOverrides {
    struct User {
        std::string targeting_key;
        std::size_t variant = 0;
    };
    std::vector<User> users;
    std::optional<std::size_t> all;  // the tenant's, or its plan's
};

// A code and the pointer to what can't be expressed.
struct UnleashReason {
    std::string code;
    std::string pointer;
};

struct UnleashRule {
    std::vector<UnleashStrategy> strategies;  // none: the flag is off, or has no value, for everybody
    std::optional<UnleashReason> reason;      // it can't be expressed; then there are no strategies
};

// `definition` is enabled. A boolean flag is on where its value is true; any other is where it has one.
UnleashRule to_unleash(const Definition& definition, const RuleSet& set, const UnleashSubject& subject,
                       const UnleashOverrides& overrides);

// Whether a client of Unleash is to see the flag on with that variant.
bool is_on(const Definition& definition, std::size_t variant) noexcept;

}  // namespace mortise::flags
