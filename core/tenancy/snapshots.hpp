#pragma once

#include "core/base/clock.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::tenancy {

// Something of core.db that is held in memory whole. Its row in `snapshot_versions` rises with each unit that
// changes what it holds.
class Snapshot {
 public:
    virtual ~Snapshot() = default;
    virtual std::string_view snapshot_name() const noexcept = 0;
    // Reads everything anew and publishes it. Called by one thread at a time.
    virtual base::Status load(storage::Unit& unit) = 0;
};

// Raises the version of a snapshot; goes into the unit that changes its rows. On PostgreSQL the commit also
// tells the other nodes (storage::kChangeChannel).
base::Status bump_snapshot(storage::Unit& unit, std::string_view name);
// The version as the unit sees it.
base::Result<std::int64_t> snapshot_version(storage::Unit& unit, std::string_view name);

// All snapshots of the process. refresh() reads the version rows with one statement and loads those that
// moved. It is called after each commit that may have changed one, and each second where other nodes write to
// the same database. Thread-safe.
class Snapshots {
 public:
    explicit Snapshots(storage::Database& database, const base::Clock& clock);

    // `snapshot` must outlive this object. Before the first refresh() only.
    void add(Snapshot& snapshot);
    // After an error, what was loaded before stays in use, and behind() is true until a refresh succeeds.
    base::Status refresh();
    bool behind() const noexcept { return behind_.load(); }
    // The same, unless what is loaded is `enough` by the time that others have done with loading.
    base::Status refresh_unless(base::FunctionRef<bool()> enough);
    // `listener` is called when snapshots were loaded, on the thread that loaded them, before what made it do
    // so returns. It must not call this object. Before the first refresh() only.
    void on_change(std::function<void()> listener);
    // Loads all of them, moved or not: what they are made of beside the database has changed, such as the
    // scopes that plugins declare.
    base::Status reload();

 private:
    struct Entry {
        Snapshot* snapshot;
        std::int64_t loaded_version;  // -1: never loaded
    };

    base::Status follow();                 // under mutex_
    base::Status load_moved(bool& moved);  // under mutex_

    storage::Database& database_;
    const base::Clock& clock_;
    std::atomic<bool> behind_ = false;
    std::mutex mutex_;
    std::vector<Entry> entries_;  // under mutex_
    std::vector<std::function<void()>> listeners_;
};

}  // namespace mortise::tenancy
