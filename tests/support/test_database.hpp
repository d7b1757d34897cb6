#pragma once

#include "core/base/clock.hpp"
#include "core/storage/database.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace mortise::test {

// A folder that is removed at the end of its scope.
class TemporaryFolder {
 public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    const std::filesystem::path& path() const noexcept { return path_; }

 private:
    std::filesystem::path path_;
};

// An empty database of the engine under test: PostgreSQL where MORTISE_TEST_POSTGRES has a URL (set by
// tests/support/with_postgres), whose schemas are emptied first; else SQLite in a temporary folder.
class TestDatabase {
 public:
    // With the host's own migrations, or with none.
    explicit TestDatabase(bool migrate = true, unsigned open_tenant_files = 200);

    storage::Database& operator*() const noexcept { return *database_; }
    storage::Database* operator->() const noexcept { return database_.get(); }
    storage::DatabaseSettings settings() const { return settings_; }
    const std::filesystem::path& folder() const noexcept { return folder_.path(); }
    const base::Clock& clock() const noexcept { return clock_; }
    // Closes the database and opens it again, as a new process would.
    void reopen();
    void close() { database_.reset(); }
    // A new tenant that exists.
    base::Uuid make_tenant();

 private:
    TemporaryFolder folder_;
    base::SystemClock clock_;
    storage::DatabaseSettings settings_;
    std::unique_ptr<storage::Database> database_;
};

storage::Engine engine_under_test();

inline base::Monotonic in(std::chrono::milliseconds time) {
    return base::Monotonic::clock::now() + time;
}
inline base::Monotonic soon() {
    return in(std::chrono::seconds(20));
}

}  // namespace mortise::test
