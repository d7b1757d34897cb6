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
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

struct Document;

inline constexpr std::size_t kMaxTargetingKey = 256;  // bytes, of an override's

// Flags and overrides of the tenant in the context, or the platform's flags without one. The caller commits
// the unit and then calls Snapshots::refresh(). Thread-safe.
class FlagService {
 public:
    explicit FlagService(const base::Clock& clock) : clock_(clock) {}

    struct Put {
        Flag flag;
        bool created = false;
    };
    // Errors: `invalid_flag_key`, `invalid_flag` (400), `flag_inherited` (409) for a key that the tenant
    // inherits from the platform, `version_mismatch` (412) against the version of If-Match.
    // Where changes need approvals, every write without them is `approval_required` (409).
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
        // it doesn't say of the set.
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
                                           const tenancy::PageRequest& request);
    // With its overrides. An inherited flag can't be removed inside a tenant (`flag_inherited`).
    base::Status remove(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                        const tenancy::IfMatch& version);

    // What the flags of the tenant, or of the platform, share. Nothing was set: an empty one of version 0.
    base::Result<StoredSet> get_set(const base::RequestContext& context, storage::Unit& unit);
    // `invalid_flag_set` (400), also if a flag's rule could not be evaluated any more.
    base::Result<StoredSet> put_set(const base::RequestContext& context, storage::Unit& unit,
                                    std::string_view definition, const tenancy::IfMatch& version);

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

 private:
    base::Result<Put> store(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                            const Definition& definition, const tenancy::IfMatch& version);
    base::Status import_flags(const base::RequestContext& context, storage::Unit& unit,
                              const Document& document, const ImportOptions& options, Import& done);
    // Removes the flag in the unit; the context is its owner's.
    base::Status erase(const base::RequestContext& context, storage::Unit& unit, const Flag& flag);
    // What the set is now; `stored` has its row.
    base::Result<SetDefinition> read_set(const base::Uuid& tenant, storage::Unit& unit, StoredSet& stored);
    // Pointers to what no longer works of the flags in the database, once `after` takes the place of
    // `before`.
    base::Result<std::vector<base::FieldError>> broken_by(const base::Uuid& tenant, storage::Unit& unit,
                                                          const SetDefinition& before,
                                                          const SetDefinition& after);
    base::Status store_set(const base::RequestContext& context, storage::Unit& unit, StoredSet& stored,
                           const SetDefinition& definition);

    const base::Clock& clock_;
};

}  // namespace mortise::flags
