#pragma once

#include "core/base/uuid.hpp"
#include "core/flags/definition.hpp"
#include "core/tenancy/published.hpp"
#include "core/tenancy/snapshots.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mortise::flags {

// OpenFeature's resolution reasons, as flagd gives them:
//   STATIC           the default variant of a flag without targeting
//   TARGETING_MATCH  an override: it is a rule over the context's `targetingKey` or (its) `tenant`
//   DEFAULT          there is no default variant; the application's own default applies, no value
//   DISABLED         the same for a disabled flag, whatever its overrides
enum class Reason : std::uint8_t { kStatic, kTargetingMatch, kDefault, kDisabled };
std::string_view to_string(Reason reason) noexcept;

// The answer for one flag. Views live as long as the FlagSet that gave them.
struct Evaluation {
    bool found = false;  // else FLAG_NOT_FOUND, and only `key` says something
    std::string_view key;
    Reason reason = Reason::kStatic;
    std::string_view variant;   // empty: no variant and no value
    std::string_view value;     // JSON
    std::string_view metadata;  // a JSON object, or empty
};

// For whom is evaluated. Tenant and plan come from the credential, never from the client's context.
struct Subject {
    base::Uuid tenant;  // nil: the platform
    std::string_view plan;
    std::string_view targeting_key;
};

struct FlagRow {
    base::Uuid tenant;
    std::string key;
    Definition definition;
};

// An override of a variant: for a whole tenant if `targeting_key` is empty.
struct OverrideRow {
    base::Uuid tenant;
    std::string key;
    std::string targeting_key;
    std::string variant;
};

// Every flag and override as of one moment; immutable. Evaluating takes no lock and allocates nothing.
// Precedence: user override, tenant override, (the plan's value has its place here), definition. An override
// that names a variant which the flag no longer has is passed over.
class FlagSet {
 public:
    FlagSet() = default;
    FlagSet(std::vector<FlagRow> flags, std::vector<OverrideRow> overrides);
    FlagSet(const FlagSet&) = delete;
    FlagSet& operator=(const FlagSet&) = delete;

    Evaluation evaluate(const Subject& subject, std::string_view key) const noexcept;
    // All flags of the tenant and all that it inherits, in key order.
    void evaluate_all(const Subject& subject, const std::function<void(const Evaluation&)>& sink) const;

 private:
    using Flags = std::map<std::string, Definition, std::less<>>;
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    struct FlagOverrides {
        std::string tenant_variant;  // empty: none
        std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> by_user;
    };
    using Overrides = std::map<std::string, FlagOverrides, std::less<>>;
    struct TenantFlags {
        Flags own;
        Overrides overrides;
    };

    const TenantFlags* tenant(const base::Uuid& id) const noexcept;
    // The variant that an override of the tenant gives; null if none does.
    static const Variant* overriding(std::string_view key, const Definition& flag, const TenantFlags* tenant,
                                     std::string_view targeting_key) noexcept;
    static Evaluation evaluate(std::string_view key, const Definition& flag, const TenantFlags* tenant,
                               std::string_view targeting_key) noexcept;

    std::unordered_map<base::Uuid, TenantFlags> tenants_;  // with the platform's own under nil
};

// The flags in memory. read() may be called on any thread and touches no database.
class FlagStore final : public tenancy::Snapshot {
 public:
    static constexpr std::string_view kName = "flags";

    std::shared_ptr<const FlagSet> read() const { return set_.read(); }

    std::string_view snapshot_name() const noexcept override { return kName; }
    // A stored definition that can't be read any more is left out and named in the error's log text of no
    // one: the rest is published.
    base::Status load(storage::Unit& unit) override;

 private:
    tenancy::Published<FlagSet> set_;
};

}  // namespace mortise::flags
