#include "core/tenancy/tenant_service.hpp"

#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/quota.hpp"
#include "core/tenancy/tenant_repository.hpp"
#include "core/tenancy/trail.hpp"
#include "core/tenancy/usage_repository.hpp"

#include <memory>
#include <string>
#include <utility>

namespace mortise::tenancy {
namespace {

constexpr std::string_view kTenantsLimit = "tenants";

base::Error not_found() {
    return {base::ErrorKind::kNotFound, "tenant_not_found", "There is no tenant with this slug."};
}

base::Error version_mismatch() {
    return {base::ErrorKind::kPrecondition, "version_mismatch",
            "The tenant has changed since it was read; read it again."};
}

// The tenant as it is, if it may be changed under the caller's precondition.
base::Result<Tenant> require(storage::Unit& unit, std::string_view slug, const IfMatch& version) {
    MORTISE_TRY_ASSIGN(auto found, repository::find(unit, slug));
    if (!found) return not_found();
    if (found->state != TenantState::kActive && found->state != TenantState::kSuspended)
        return base::Error{base::ErrorKind::kConflict, "tenant_busy",
                           "The tenant is being created or deleted; try again when that is done."};
    if (!version.admits(found->version)) return version_mismatch();
    return *std::move(found);
}

base::Status require_plan(storage::Unit& unit, std::string_view plan) {
    MORTISE_TRY_ASSIGN(const auto found, repository::find_plan(unit, plan));
    if (found) return {};
    return base::Error{base::ErrorKind::kUnprocessable,
                       "plan_not_found",
                       "There is no plan of this name.",
                       {},
                       {{"/plan", "plan_not_found", "There is no plan of this name."}}};
}

// Writes the row with the next version.
base::Status save(storage::Unit& unit, Tenant& tenant, base::Micros now) {
    tenant.updated_at = now;
    ++tenant.version;
    MORTISE_TRY_ASSIGN(const bool saved, repository::update(unit, tenant));
    if (!saved) return version_mismatch();
    return {};
}

std::string object_of(const Tenant& tenant) {
    return "tenant:" + tenant.slug;
}

}  // namespace

TenantService::TenantService(storage::Database& database, const base::Clock& clock, Snapshots& snapshots,
                             std::filesystem::path exports, std::vector<TenantData*> data,
                             const Limits& limits)
    : database_(database),
      clock_(clock),
      snapshots_(snapshots),
      exports_(std::move(exports)),
      data_(std::move(data)),
      limits_(limits) {}

base::Result<Tenant> TenantService::create(const base::RequestContext& context, const NewTenant& tenant) {
    MORTISE_TRY_ASSIGN(const auto begun, run_core(database_, clock_, storage::Access::kWrite,
                                                  [&](storage::Unit& unit) -> base::Result<Tenant> {
                                                      return begin_creation(context, unit, tenant);
                                                  }));
    return finish_creation(begun.id);
}

base::Result<Tenant> TenantService::begin_creation(const base::RequestContext& context, storage::Unit& unit,
                                                   const NewTenant& tenant) {
    MORTISE_TRY(check(tenant));
    MORTISE_TRY(bump_snapshot(unit, Directory::kName));  // so that one at a time is counted and added
    MORTISE_TRY(require_plan(unit, tenant.plan));
    MORTISE_TRY_ASSIGN(const auto present, repository::count(unit));
    MORTISE_TRY(check_one_more(limits_, kTenantsLimit, {}, {static_cast<std::uint64_t>(present), 0}));
    const auto now = clock_.now();
    Tenant row{.id = base::new_uuid(clock_),
               .slug = tenant.slug,
               .name = tenant.name,
               .plan = tenant.plan,
               .state = TenantState::kCreating,
               .created_at = now,
               .updated_at = now,
               .state_changed_at = now,
               .exported_at = std::nullopt,
               .version = 1};
    MORTISE_TRY(repository::insert(unit, row));
    MORTISE_TRY(
        repository::raise_usage(unit, day_of(limits_.now()), base::Uuid{}, kTenantsLimit, present + 1));
    MORTISE_TRY(record(context, unit, clock_, "tenant.created", object_of(row)));
    return row;
}

base::Result<Tenant> TenantService::finish_creation(const base::Uuid& tenant) {
    const std::lock_guard lock(creating_);
    // Looked up first: a repeated request may come after the tenant's end, and must not bring its file back.
    MORTISE_TRY_ASSIGN(const auto begun,
                       run_core(database_, clock_, storage::Access::kRead,
                                [&](storage::Unit& unit) { return repository::find(unit, tenant); }));
    if (!begun) return not_found();
    if (begun->state != TenantState::kCreating) {
        // Another node may have done it, or this one before it was killed: then the directory is older.
        MORTISE_TRY(snapshots_.refresh());
        return *begun;
    }
    MORTISE_TRY(database_.create_tenant(tenant));
    auto made = run_core(database_, clock_, storage::Access::kWrite,
                         [&](storage::Unit& unit) -> base::Result<Tenant> {
                             MORTISE_TRY(bump_snapshot(unit, Directory::kName));
                             MORTISE_TRY_ASSIGN(auto found, repository::find(unit, tenant));
                             if (!found) return not_found();
                             if (found->state != TenantState::kCreating) return *std::move(found);
                             found->state = TenantState::kActive;
                             found->state_changed_at = clock_.now();
                             MORTISE_TRY(save(unit, *found, found->updated_at));
                             return *std::move(found);
                         });
    if (!made) return std::move(made).error();
    MORTISE_TRY(snapshots_.refresh());
    return made;
}

base::Result<Page<Tenant>> TenantService::list(storage::Unit& unit, const PageRequest& request) {
    MORTISE_TRY_ASSIGN(const auto bounds, page_bounds(request));
    MORTISE_TRY_ASSIGN(auto rows, repository::page(unit, bounds));
    return make_page(std::move(rows), bounds.limit);
}

base::Result<Tenant> TenantService::get(storage::Unit& unit, std::string_view slug) {
    MORTISE_TRY_ASSIGN(auto found, repository::find(unit, slug));
    if (!found) return not_found();
    return *std::move(found);
}

base::Result<Tenant> TenantService::update(const base::RequestContext& context, storage::Unit& unit,
                                           std::string_view slug, const TenantPatch& patch,
                                           const IfMatch& version) {
    MORTISE_TRY(check(patch));
    MORTISE_TRY(bump_snapshot(unit, Directory::kName));
    MORTISE_TRY_ASSIGN(auto tenant, require(unit, slug, version));
    const Tenant before = tenant;
    if (patch.plan) {
        MORTISE_TRY(require_plan(unit, *patch.plan));
        tenant.plan = *patch.plan;
    }
    if (patch.name) tenant.name = *patch.name;
    if (tenant.name == before.name && tenant.plan == before.plan) return tenant;
    MORTISE_TRY(save(unit, tenant, clock_.now()));
    MORTISE_TRY(record(context, unit, clock_, "tenant.updated", object_of(tenant)));
    return tenant;
}

base::Result<Tenant> TenantService::suspend(const base::RequestContext& context, storage::Unit& unit,
                                            std::string_view slug, const IfMatch& version) {
    return change_state(context, unit, slug, TenantState::kSuspended, version);
}

base::Result<Tenant> TenantService::resume(const base::RequestContext& context, storage::Unit& unit,
                                           std::string_view slug, const IfMatch& version) {
    return change_state(context, unit, slug, TenantState::kActive, version);
}

base::Result<Tenant> TenantService::change_state(const base::RequestContext& context, storage::Unit& unit,
                                                 std::string_view slug, TenantState state,
                                                 const IfMatch& version) {
    MORTISE_TRY(bump_snapshot(unit, Directory::kName));
    MORTISE_TRY_ASSIGN(auto tenant, require(unit, slug, version));
    if (tenant.state == state) return tenant;
    tenant.state = state;
    tenant.state_changed_at = clock_.now();
    MORTISE_TRY(save(unit, tenant, clock_.now()));
    const auto* const action = state == TenantState::kSuspended ? "tenant.suspended" : "tenant.resumed";
    MORTISE_TRY(record(context, unit, clock_, action, object_of(tenant)));
    return tenant;
}

base::Status TenantService::remove(const base::RequestContext& context, std::string_view slug,
                                   const IfMatch& version) {
    auto marked = run_core(
        database_, clock_, storage::Access::kWrite, [&](storage::Unit& unit) -> base::Result<Tenant> {
            MORTISE_TRY(bump_snapshot(unit, Directory::kName));
            MORTISE_TRY_ASSIGN(auto half, repository::find(unit, slug));
            if (half && half->state == TenantState::kDeleting)
                return *std::move(half);  // goes on where it stopped
            MORTISE_TRY_ASSIGN(auto tenant, require(unit, slug, version));
            if (!tenant.exported_at || *tenant.exported_at < tenant.state_changed_at)
                return base::Error{base::ErrorKind::kConflict, "export_required",
                                   "Export the tenant first: nothing of it is left after it is deleted."};
            tenant.state = TenantState::kDeleting;
            tenant.state_changed_at = clock_.now();
            MORTISE_TRY(save(unit, tenant, clock_.now()));
            MORTISE_TRY(record(context, unit, clock_, "tenant.deleted", object_of(tenant)));
            return tenant;
        });
    if (!marked) return std::move(marked).error();
    MORTISE_TRY(snapshots_.refresh());  // from here on no request finds it
    return finish_removal(marked->id);
}

base::Status TenantService::finish_removal(const base::Uuid& tenant) {
    MORTISE_TRY(database_.drop_tenant(tenant));
    auto done =
        run_core(database_, clock_, storage::Access::kWrite, [&](storage::Unit& unit) -> base::Status {
            MORTISE_TRY(bump_snapshot(unit, Directory::kName));
            for (auto* const room : data_)
                MORTISE_TRY(room->remove_rows(unit, tenant));
            MORTISE_TRY(repository::remove_plugins(unit, tenant));
            MORTISE_TRY(repository::forget_answers(unit, tenant));
            MORTISE_TRY(repository::fold_usage(unit, tenant));
            return repository::remove(unit, tenant);
        });
    if (!done) return done;
    return snapshots_.refresh();
}

base::Status TenantService::resume_unfinished(base::Micros until) {
    MORTISE_TRY_ASSIGN(const auto tenants,
                       run_core(database_, clock_, storage::Access::kRead,
                                [](storage::Unit& unit) { return repository::all(unit); }));
    base::Status first;
    for (const auto& tenant : tenants) {
        if (tenant.state_changed_at >= until) continue;
        base::Status done;
        if (tenant.state == TenantState::kCreating) {
            if (auto made = finish_creation(tenant.id); !made.ok()) done = std::move(made).error();
        } else if (tenant.state == TenantState::kDeleting) {
            done = finish_removal(tenant.id);
        }
        if (!done.ok() && first.ok()) first = std::move(done);
    }
    return first;
}

}  // namespace mortise::tenancy
