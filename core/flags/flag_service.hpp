#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/definition.hpp"
#include "core/flags/flag_model.hpp"
#include "core/flags/set_definition.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"
#include "core/tenancy/page.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

struct Document;
struct OwnerView;
struct WrittenFlag;

inline constexpr std::size_t kMaxTargetingKey = 256;  // bytes, of an override's

// Flags and overrides of the tenant in the context, or the platform's flags without one, in the context's
// environment. What is not set there is production's; overrides are each environment's own. The caller
// commits the unit and then calls Snapshots::refresh(). Thread-safe.
class FlagService {
 public:
    explicit FlagService(const base::Clock& clock) : clock_(clock) {}

    struct Put {
        Flag flag;
        bool created = false;
    };
    // Errors: `invalid_flag_key`, `invalid_flag` (400), `flag_inherited` (409) for a key that the tenant
    // inherits from the platform, `flag_archived` (409), `version_mismatch` (412) against the version of
    // If-Match.
    // Where changes need approvals, every write without them, but for the kill switch, is `approval_required`
    // (409). Every write of the platform's that would take from tenants' flags what they have as
    // prerequisites is `tenants_depend` (409).
    base::Result<Put> put(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                          std::string_view definition, const tenancy::IfMatch& version,
                          Strictness strictness = Strictness::kSchema);
    // All flags of a flagd document with what it says of their set, or none. An evaluator that would break
    // another flag of the set is `invalid_flag`.
    struct Import {
        std::size_t created = 0;
        std::size_t updated = 0;
        std::size_t unchanged = 0;  // already as the document has it
        std::size_t deleted = 0;
        std::vector<base::FieldError> warnings;  // of what flagd evaluates though its schema forbids it
    };
    struct ImportOptions {
        // What the owner has is to be what the document has: flags that it hasn't are removed, and so is what
        // it doesn't say of the set. Archived flags stay. `not_in_environment` (409) of a flag that only
        // production has, `flag_in_use` (409).
        bool whole = false;
        // The value of an If-Match over the tag of export_flags(): else `version_mismatch` (412).
        std::optional<std::string_view> based_on = {};
    };
    base::Result<Import> import(const base::RequestContext& context, storage::Unit& unit,
                                std::string_view document, const ImportOptions& options);
    base::Result<Import> import(const base::RequestContext& context, storage::Unit& unit,
                                std::string_view document) {
        return import(context, unit, document, ImportOptions());
    }

    // Inside a tenant also what it inherits (then `tenant` is nil). `flag_not_found` (404).
    base::Result<Flag> get(const base::RequestContext& context, storage::Unit& unit, std::string_view key);
    base::Result<tenancy::Page<Flag>> list(const base::RequestContext& context, storage::Unit& unit,
                                           const tenancy::PageRequest& request, bool archived = false);
    // With its overrides: from production, it is gone from every environment; from another one, what that has
    // of its own. Errors (409): `flag_inherited` inside a tenant, `not_in_environment` if there is only what
    // production has, `flag_in_use` if it is a prerequisite of another flag of the same owner.
    base::Status remove(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                        const tenancy::IfMatch& version);

    // The definition that is effective in `from` becomes that of `to`. Errors: `environment_not_found` (404),
    // `not_in_environment` (409) if `from` has none of its own and `to` is production, those of put(),
    // pointers into the definition.
    base::Result<Put> promote(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                              std::string_view from, std::string_view to,
                              const tenancy::IfMatch& version = {});

    // Switches a flag off in all environments at once: DISABLED, whatever its definition says; `reason` has 1
    // to 1,000 bytes of UTF-8 (`invalid_reason`, 400). And takes that back; of one that is not killed,
    // nothing. `version_mismatch` (412) as put().
    base::Result<Flag> kill(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                            std::string_view reason, const tenancy::IfMatch& version = {});
    base::Result<Flag> revive(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                              const tenancy::IfMatch& version = {});
    // An archived flag is FLAG_NOT_FOUND, not listed, and not changed, until it is taken out again; its key
    // stays taken. `flag_in_use` (409) as for remove().
    base::Result<Flag> archive(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                               const tenancy::IfMatch& version = {});
    base::Result<Flag> unarchive(const base::RequestContext& context, storage::Unit& unit,
                                 std::string_view key, const tenancy::IfMatch& version = {});

    // What the flags of the tenant, or of the platform, share. Nothing was set: an empty one of version 0.
    base::Result<StoredSet> get_set(const base::RequestContext& context, storage::Unit& unit);
    // `invalid_flag_set` (400), also if a flag's rule could not be evaluated any more.
    base::Result<StoredSet> put_set(const base::RequestContext& context, storage::Unit& unit,
                                    std::string_view definition, const tenancy::IfMatch& version);

    // What an environment has of its own, so that it has what production has; of production, so that nothing
    // is set. `not_in_environment`, `set_in_use` (409).
    base::Status remove_set(const base::RequestContext& context, storage::Unit& unit,
                            const tenancy::IfMatch& version);

    // Overrides exist inside a tenant only (`tenant_required`, 400). An empty targeting key means the tenant;
    // else it has 1 to 256 bytes. `flag_not_found` (404), `unknown_variant` (422).
    base::Result<Override> put_override(const base::RequestContext& context, storage::Unit& unit,
                                        std::string_view key, std::string_view targeting_key,
                                        std::string_view variant, const tenancy::IfMatch& version = {});
    base::Result<Override> get_override(const base::RequestContext& context, storage::Unit& unit,
                                        std::string_view key, std::string_view targeting_key);
    // `override_not_found` (404).
    base::Status remove_override(const base::RequestContext& context, storage::Unit& unit,
                                 std::string_view key, std::string_view targeting_key,
                                 const tenancy::IfMatch& version = {});

    // What a plan gives of a flag of the platform, outside of any tenant. `flag_not_found`, `plan_not_found`
    // (404), `unknown_variant` (422).
    base::Result<PlanOverride> put_plan_override(const base::RequestContext& context, storage::Unit& unit,
                                                 std::string_view key, std::string_view plan,
                                                 std::string_view variant,
                                                 const tenancy::IfMatch& version = {});
    base::Result<PlanOverride> get_plan_override(const base::RequestContext& context, storage::Unit& unit,
                                                 std::string_view key, std::string_view plan);
    base::Status remove_plan_override(const base::RequestContext& context, storage::Unit& unit,
                                      std::string_view key, std::string_view plan,
                                      const tenancy::IfMatch& version = {});

    // Of a flag that was deleted, and is there again by its history: makes the overrides what they were when
    // it went, and answers how many of them came back. Of production those of every environment.
    base::Result<std::int64_t> bring_back_overrides(const base::RequestContext& context, storage::Unit& unit,
                                                    std::string_view key);

 private:
    struct Replaced {
        std::optional<Flag> seen;
        FlagState state;
    };
    base::Result<Replaced> what_stands(const base::RequestContext& context, storage::Unit& unit,
                                       std::string_view environment, std::string_view key,
                                       const tenancy::IfMatch& version);
    // Of the context's owner, in `environment`. What stands beside it is checked afterwards, by
    // check_written.
    struct Stored {
        Put put;
        bool may_break_others = false;
    };
    base::Result<Stored> store(const base::RequestContext& context, storage::Unit& unit,
                               std::string_view environment, std::string_view key,
                               const Definition& definition, const tenancy::IfMatch& version);
    base::Status check_written(const base::RequestContext& context, storage::Unit& unit,
                               std::string_view environment, const std::vector<WrittenFlag>& written);
    base::Status write_row(storage::Unit& unit, const Flag& flag, bool fresh);
    using Keys = std::set<std::string, std::less<>>;
    base::Status store_all(const base::RequestContext& context, storage::Unit& unit, const Document& document,
                           const OwnerView& before, Keys& left, Import& import,
                           std::vector<WrittenFlag>& doubtful);
    // Removes these flags; `flag_in_use` if one that stays needs one of them.
    base::Status erase_all(const base::RequestContext& context, storage::Unit& unit, const OwnerView& before,
                           const Keys& keys);
    base::Status import_flags(const base::RequestContext& context, storage::Unit& unit,
                              const Document& document, const OwnerView& before, bool whole, Import& done,
                              std::vector<WrittenFlag>& doubtful);
    base::Status check_shown(const base::RequestContext& context, storage::Unit& unit,
                             const std::vector<OwnerView>& after, const Keys& keys);
    base::Status keep_deletion(const base::RequestContext& context, storage::Unit& unit, const Flag& flag);
    // What overrides a flag that goes, and is kept for its restoration.
    base::Status erase_overrides(const base::RequestContext& context, storage::Unit& unit, const Flag& flag);
    // Removes what an environment has of a flag, whatever needs it.
    base::Status erase(const base::RequestContext& context, storage::Unit& unit, const Flag& flag);
    base::Status store_set(const base::RequestContext& context, storage::Unit& unit, StoredSet& stored,
                           const SetDefinition& definition);
    base::Result<Flag> change_state(const base::RequestContext& context, storage::Unit& unit,
                                    std::string_view action, Flag flag, const FlagState& state);
    base::Result<Flag> own_flag(const base::RequestContext& context, storage::Unit& unit,
                                std::string_view key);

    const base::Clock& clock_;
};

}  // namespace mortise::flags
