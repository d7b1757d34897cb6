#include "core/base/file.hpp"
#include "core/base/system_error.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/directory.hpp"
#include "core/tenancy/tenant_repository.hpp"
#include "core/tenancy/tenant_service.hpp"
#include "core/tenancy/trail.hpp"

#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::tenancy {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".unfinished";

json to_json(const Tenant& tenant) {
    return {{"slug", tenant.slug},
            {"name", tenant.name},
            {"plan", tenant.plan},
            {"state", to_string(tenant.state)},
            {"created_at", tenant.created_at},
            {"updated_at", tenant.updated_at}};
}

json to_json(const TenantPlugin& plugin) {
    return {{"enabled", plugin.enabled}, {"settings", json::parse(plugin.settings)}};
}

json entry(std::string_view kind, std::string_view id, json row) {
    return {{"kind", kind}, {"id", id}, {"row", std::move(row)}};
}

// Everything that core.db has of the tenant, read in one unit.
base::Result<std::string> core_rows(storage::Unit& unit, const Tenant& tenant,
                                    const std::vector<TenantData*>& data) {
    json rows = json::array({entry("tenant", tenant.id.to_string(), to_json(tenant))});
    MORTISE_TRY_ASSIGN(const auto plugins, repository::plugins(unit, tenant.id));
    for (const auto& plugin : plugins)
        rows.push_back(entry("tenant_plugin", plugin.plugin, to_json(plugin)));
    for (auto* const room : data) {
        MORTISE_TRY(room->export_rows(
            unit, tenant.id, [&rows](std::string_view kind, std::string_view id, std::string_view text) {
                rows.push_back(entry(kind, id, json::parse(text)));
                return base::Status{};
            }));
    }
    return rows.dump(1) + "\n";
}

base::Status make_private_folder(const fs::path& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (!failed) fs::permissions(folder, fs::perms::owner_all, failed);
    if (failed) return base::system_error(failed.value(), "make " + folder.string());
    return {};
}

}  // namespace

base::Status TenantService::write_export(const Tenant& tenant, const fs::path& folder) {
    MORTISE_TRY(make_private_folder(folder));
    MORTISE_TRY(database_.export_tenant(tenant.id, folder / "tenant.db"));
    MORTISE_TRY_ASSIGN(const auto rows,
                       run_core(database_, clock_, storage::Access::kRead,
                                [&](storage::Unit& unit) { return core_rows(unit, tenant, data_); }));
    return base::write_file(folder / "core.json", rows, 0600);
}

base::Result<TenantExport> TenantService::export_tenant(const base::RequestContext& context,
                                                        std::string_view slug) {
    MORTISE_TRY_ASSIGN(const auto tenant, run_core(database_, clock_, storage::Access::kRead,
                                                   [&](storage::Unit& unit) { return get(unit, slug); }));
    if (tenant.state == TenantState::kCreating || tenant.state == TenantState::kDeleting)
        return base::Error{base::ErrorKind::kConflict, "tenant_busy",
                           "The tenant is being created or deleted; try again when that is done."};
    // Made under another name and moved when complete, so that a folder that is there is a whole export.
    const auto folder = exports_ / tenant.slug / base::new_uuid(clock_).to_string();
    auto unfinished = folder;
    unfinished += kUnfinished;
    const auto started = clock_.now();
    std::error_code failed;
    if (auto written = write_export(tenant, unfinished); !written) {
        fs::remove_all(unfinished, failed);
        return std::move(written).error();
    }
    fs::rename(unfinished, folder, failed);
    if (failed) return base::system_error(failed.value(), "rename " + unfinished.string());

    // The export counts from when it began: a change of state while it ran makes it an old one.
    auto marked =
        run_core(database_, clock_, storage::Access::kWrite, [&](storage::Unit& unit) -> base::Status {
            MORTISE_TRY(bump_snapshot(unit, Directory::kName));
            MORTISE_TRY_ASSIGN(const bool found, repository::mark_exported(unit, tenant.id, started));
            if (!found)
                return base::Error{base::ErrorKind::kConflict, "tenant_busy",
                                   "The tenant was deleted meanwhile."};
            return record(context, unit, clock_, "tenant.exported", "tenant:" + tenant.slug);
        });
    if (!marked) return std::move(marked).error();
    MORTISE_TRY(snapshots_.refresh());
    return TenantExport{.folder = folder, .completed_at = clock_.now()};
}

base::Status TenantService::discard_unfinished_exports() {
    std::error_code failed;
    if (!fs::exists(exports_, failed)) return {};
    std::vector<fs::path> left;
    for (fs::recursive_directory_iterator at(exports_, failed), end; at != end; at.increment(failed)) {
        if (at->path().extension() != kUnfinished) continue;
        left.push_back(at->path());
        at.disable_recursion_pending();
    }
    for (const auto& folder : left)
        if (!failed) fs::remove_all(folder, failed);
    if (failed) return base::system_error(failed.value(), "remove what is left of exports");
    return {};
}

}  // namespace mortise::tenancy
