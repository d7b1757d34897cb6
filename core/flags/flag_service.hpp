#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/definition.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"
#include "core/tenancy/page.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::flags {

struct Flag {
    base::Uuid id;
    base::Uuid tenant;  // nil: the platform's, which every tenant inherits
    std::string key;
    std::string definition;  // flagd JSON, compact
    base::Micros created_at = 0;
    base::Micros updated_at = 0;
    std::int64_t version = 0;  // for ETag and If-Match
};

struct Override {
    base::Uuid id;
    std::string key;
    std::string targeting_key;  // empty: for the whole tenant
    std::string variant;
    base::Micros updated_at = 0;
    std::int64_t version = 0;
};

// Flags and overrides of the tenant in the context, or the platform's flags without one. The caller commits
// the unit and then calls Snapshots::refresh(). Thread-safe.
class FlagService {
 public:
    explicit FlagService(const base::Clock& clock) : clock_(clock) {}

    struct Put {
        Flag flag;
        bool created = false;
    };
    // Errors: `invalid_flag_key`, `invalid_flag` (400), `targeting_not_available` (422), `flag_inherited`
    // (409) for a key that the tenant inherits from the platform, `flag_owned_by_tenant` (409) for the
    // reverse, `version_mismatch` (412) against the version of If-Match.
    base::Result<Put> put(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                          std::string_view definition, const tenancy::IfMatch& version);
    // All flags of a flagd document, or none.
    struct Import {
        std::size_t created = 0;
        std::size_t updated = 0;
    };
    base::Result<Import> import(const base::RequestContext& context, storage::Unit& unit,
                                std::string_view document);

    // Inside a tenant also what it inherits (then `tenant` is nil). `flag_not_found` (404).
    base::Result<Flag> get(const base::RequestContext& context, storage::Unit& unit, std::string_view key);
    base::Result<tenancy::Page<Flag>> list(const base::RequestContext& context, storage::Unit& unit,
                                           const tenancy::PageRequest& request);
    // With its overrides. An inherited flag can't be removed inside a tenant (`flag_inherited`).
    base::Status remove(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
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

 private:
    base::Result<Put> store(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                            const Definition& definition, const tenancy::IfMatch& version);

    const base::Clock& clock_;
};

}  // namespace mortise::flags
