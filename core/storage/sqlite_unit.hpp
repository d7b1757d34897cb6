#pragma once

#include "core/storage/database.hpp"
#include "core/storage/pool.hpp"
#include "core/storage/sqlite_connection.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace mortise::storage {

class SqliteFile;

// A transaction that was begun on a leased connection of `file`, which it keeps alive.
class SqliteUnit final : public Unit {
 public:
    SqliteUnit(std::shared_ptr<SqliteFile> file, Pool<SqliteConnection>::Lease connection, Access access,
               const base::Uuid& tenant)
        : file_(std::move(file)), connection_(std::move(connection)), access_(access), tenant_(tenant) {}
    ~SqliteUnit() override;

    using Unit::run;
    base::Result<std::int64_t> run(const Statement& statement, std::span<const Value> parameters,
                                   const RowSink& sink) override;
    base::Status commit() override;
    void abandon() noexcept override;
    Access access() const noexcept override { return access_; }
    base::Uuid tenant() const noexcept override { return tenant_; }
    base::Status as_plugin(std::string_view plugin, base::FunctionRef<base::Status()> body) override;

 private:
    enum class State : std::uint8_t { kOpen, kFailed, kCommitted };

    std::shared_ptr<SqliteFile> file_;
    Pool<SqliteConnection>::Lease connection_;
    const Access access_;
    const base::Uuid tenant_;
    State state_ = State::kOpen;
};

}  // namespace mortise::storage
