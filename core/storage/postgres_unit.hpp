#pragma once

#include "core/storage/database.hpp"
#include "core/storage/plugin_roles.hpp"
#include "core/storage/pool.hpp"
#include "core/storage/postgres_connection.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace mortise::storage {

// A transaction that was begun on a leased connection; pool and roles must outlive it.
class PostgresUnit final : public Unit {
 public:
    PostgresUnit(Pool<PostgresConnection>::Lease connection, const PluginRoles& roles, Access access,
                 const base::Uuid& tenant)
        : connection_(std::move(connection)), roles_(roles), access_(access), tenant_(tenant) {}
    ~PostgresUnit() override;

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
    base::Status set_role(const std::string& role);

    Pool<PostgresConnection>::Lease connection_;
    const PluginRoles& roles_;
    const Access access_;
    const base::Uuid tenant_;
    State state_ = State::kOpen;
    std::string role_;     // empty: the connection's own
    bool plugin_ = false;  // statements are a plugin's, also where it has no role
};

}  // namespace mortise::storage
