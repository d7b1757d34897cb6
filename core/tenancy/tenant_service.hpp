#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"
#include "core/tenancy/limits.hpp"
#include "core/tenancy/page.hpp"
#include "core/tenancy/snapshots.hpp"
#include "core/tenancy/tenant.hpp"
#include "core/tenancy/tenant_data.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace mortise::tenancy {

// Where an export stands: a folder with tenant.db (the tenant's rows, SQLite) and core.json (its rows of
// core.db: an array of {"kind", "id", "row"}).
struct TenantExport {
    std::filesystem::path folder;
    base::Micros completed_at = 0;
};

// Tenants, from first to last. Functions with a unit do their work in it, and the caller commits and then
// calls Snapshots::refresh(). Functions without one take several steps, each a unit of its own, and refresh
// by themselves; each can be taken up again after a crash by resume_unfinished(). Thread-safe.
class TenantService {
 public:
    // `exports` is made when first needed. All references must outlive the service.
    TenantService(storage::Database& database, const base::Clock& clock, Snapshots& snapshots,
                  std::filesystem::path exports, std::vector<TenantData*> data, const Limits& limits);

    // Errors: `invalid_tenant` (400, by field), `plan_not_found` (422), `slug_taken` (409),
    // `license_limit_reached` (403): tenants count until they are deleted.
    // The tenant is `active` when this returns.
    base::Result<Tenant> create(const base::RequestContext& context, const NewTenant& tenant);
    // The same in two steps, for a caller with rows of its own to commit: the row in state `creating`, then,
    // after the commit, what the tenant needs and `active`.
    base::Result<Tenant> begin_creation(const base::RequestContext& context, storage::Unit& unit,
                                        const NewTenant& tenant);
    base::Result<Tenant> finish_creation(const base::Uuid& tenant);

    // Tenants in every state. Nothing found is `tenant_not_found` (404).
    base::Result<Page<Tenant>> list(storage::Unit& unit, const PageRequest& request);
    base::Result<Tenant> get(storage::Unit& unit, std::string_view slug);

    // `version` is that of If-Match: another one is `version_mismatch` (412); none is not checked. A tenant
    // that is being created or deleted is `tenant_busy` (409).
    base::Result<Tenant> update(const base::RequestContext& context, storage::Unit& unit,
                                std::string_view slug, const TenantPatch& patch, const IfMatch& version);
    // Suspending a suspended tenant changes nothing and succeeds; so does resuming an active one.
    base::Result<Tenant> suspend(const base::RequestContext& context, storage::Unit& unit,
                                 std::string_view slug, const IfMatch& version);
    base::Result<Tenant> resume(const base::RequestContext& context, storage::Unit& unit,
                                std::string_view slug, const IfMatch& version);

    // Writes the tenant's rows to a new folder below `exports`.
    base::Result<TenantExport> export_tenant(const base::RequestContext& context, std::string_view slug);
    // Removes the tenant and everything it has. `export_required` (409) unless an export was completed after
    // the last change of its state.
    // Asked again after a failure half-way, it goes on.
    base::Status remove(const base::RequestContext& context, std::string_view slug, const IfMatch& version);

    // Finishes creations and deletions that a crash or a failure interrupted, of tenants whose state last
    // changed before `until`. One that can't be finished holds up no other; the first error is answered.
    base::Status resume_unfinished(base::Micros until = std::numeric_limits<base::Micros>::max());
    // Removes what a crash left of exports. At start, before requests are taken.
    base::Status discard_unfinished_exports();

 private:
    base::Result<Tenant> change_state(const base::RequestContext& context, storage::Unit& unit,
                                      std::string_view slug, TenantState state, const IfMatch& version);
    base::Status write_export(const Tenant& tenant, const std::filesystem::path& folder);
    base::Status finish_removal(const base::Uuid& tenant);

    storage::Database& database_;
    const base::Clock& clock_;
    Snapshots& snapshots_;
    const std::filesystem::path exports_;
    const std::vector<TenantData*> data_;
    const Limits& limits_;
    std::mutex
        creating_;  // a creation is finished by one thread, which then knows that it has not ended meanwhile
};

}  // namespace mortise::tenancy
