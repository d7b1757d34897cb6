#include "core/tenancy/snapshots.hpp"

#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/rows.hpp"

#include <map>
#include <memory>
#include <utility>

namespace mortise::tenancy {
namespace {

using storage::Type;

// What is told is delivered by the commit, and nothing is if there is none.
const storage::Statement kBump{
    "tenancy.bump_snapshot",
    storage::Statement::Text{"UPDATE snapshot_versions SET version = version + 1 WHERE name = $1",
                             std::string("UPDATE snapshot_versions SET version = version + 1 WHERE name = $1 "
                                         "RETURNING pg_notify('") +
                                 storage::kChangeChannel + "', '')"},
    {Type::kText}};
const storage::Statement kVersion{"tenancy.snapshot_version",
                                  "SELECT version FROM snapshot_versions WHERE name = $1",
                                  {Type::kText},
                                  {Type::kInteger}};
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

base::Result<std::int64_t> snapshot_version(storage::Unit& unit, std::string_view name) {
    return read_count(unit, kVersion, {name});
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

base::Status Snapshots::refresh_unless(base::FunctionRef<bool()> enough) {
    const std::lock_guard lock(mutex_);
    return enough() ? base::Status() : follow();
}

void Snapshots::on_change(std::function<void()> listener) {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
}

base::Status Snapshots::reload() {
    const std::lock_guard lock(mutex_);
    for (auto& entry : entries_)
        entry.loaded_version = -1;
    return follow();
}

base::Status Snapshots::follow() {
    bool moved = false;
    auto loaded = load_moved(moved);
    behind_ = !loaded.ok();
    if (moved)
        for (const auto& listener : listeners_)
            listener();
    return loaded;
}

base::Status Snapshots::load_moved(bool& moved) {
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
        moved = true;
    }
    return {};
}

}  // namespace mortise::tenancy
