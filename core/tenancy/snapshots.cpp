#include "core/tenancy/snapshots.hpp"

#include "core/tenancy/core_unit.hpp"

#include <map>
#include <memory>
#include <utility>

namespace mortise::tenancy {
namespace {

using storage::Type;

const storage::Statement kBump{"tenancy.bump_snapshot",
                               "UPDATE snapshot_versions SET version = version + 1 WHERE name = $1",
                               {Type::kText}};
const storage::Statement kVersions{"tenancy.snapshot_versions",
                                   "SELECT name, version FROM snapshot_versions",
                                   {},
                                   {Type::kText, Type::kInteger}};

}  // namespace

base::Status bump_snapshot(storage::Unit& unit, std::string_view name) {
    MORTISE_TRY_ASSIGN(const auto changed, unit.run(kBump, {name}));
    if (changed != 1) return base::internal_error("no snapshot version row for " + std::string(name));
    return {};
}

Snapshots::Snapshots(storage::Database& database, const base::Clock& clock)
    : database_(database), clock_(clock) {}

void Snapshots::add(Snapshot& snapshot) {
    const std::lock_guard lock(mutex_);
    entries_.push_back({&snapshot, -1});
}

base::Status Snapshots::refresh() {
    const std::lock_guard lock(mutex_);
    return follow();
}

base::Status Snapshots::reload() {
    const std::lock_guard lock(mutex_);
    for (auto& entry : entries_)
        entry.loaded_version = -1;
    return follow();
}

base::Status Snapshots::follow() {
    auto loaded = load_moved();
    behind_ = !loaded.ok();
    return loaded;
}

base::Status Snapshots::load_moved() {
    MORTISE_TRY_ASSIGN(const auto unit,
                       database_.begin_core(storage::Access::kRead, clock_.monotonic() + kCoreUnitPatience));
    std::map<std::string, std::int64_t, std::less<>> versions;
    MORTISE_TRY(unit->run(kVersions, {}, [&versions](const storage::Row& row) {
        versions.emplace(row.text(0), row.integer(1));
        return true;
    }));
    for (auto& entry : entries_) {
        const auto found = versions.find(entry.snapshot->snapshot_name());
        if (found == versions.end())
            return base::internal_error("no snapshot version row for " +
                                        std::string(entry.snapshot->snapshot_name()));
        if (found->second == entry.loaded_version) continue;
        // The unit reads one moment, or (PostgreSQL) a later one than the version: then it is loaded again
        // next time, never left out.
        MORTISE_TRY(entry.snapshot->load(*unit));
        entry.loaded_version = found->second;
    }
    return {};
}

}  // namespace mortise::tenancy
