#include "core/storage/postgres_unit.hpp"

#include "core/storage/plugin_rows.hpp"

namespace mortise::storage {

PostgresUnit::~PostgresUnit() {
    // A commit whose outcome is unknown leaves a broken connection, which is dropped as well.
    if (connection_ && !connection_->rollback()) connection_.discard();
}

base::Result<std::int64_t> PostgresUnit::run(const Statement& statement, std::span<const Value> parameters,
                                             const RowSink& sink) {
    if (state_ != State::kOpen) return base::internal_error(statement.name() + ": the unit of work is over");
    auto result = plugin_ ? run_for_plugin(*connection_, statement, parameters, sink)
                          : connection_->run(statement, parameters, sink);
    if (!result.ok()) state_ = State::kFailed;
    return result;
}

base::Status PostgresUnit::commit() {
    if (state_ != State::kOpen) return base::internal_error("commit: the unit of work is over");
    state_ = State::kFailed;
    MORTISE_TRY(connection_->commit());
    state_ = State::kCommitted;
    return {};
}

void PostgresUnit::abandon() noexcept {
    if (state_ != State::kCommitted) state_ = State::kFailed;
    if (!connection_) return;
    if (connection_->rollback())
        connection_.reset();
    else
        connection_.discard();
}

base::Status PostgresUnit::set_role(const std::string& role) {
    // Names are made of a plugin's id and the connection's role, quoted when they were made.
    auto status = connection_->execute("SET LOCAL ROLE " + (role.empty() ? std::string("NONE") : role));
    if (!status.ok()) state_ = State::kFailed;
    return status;
}

base::Status PostgresUnit::as_plugin(std::string_view plugin, base::FunctionRef<base::Status()> body) {
    if (state_ != State::kOpen) return base::internal_error("as_plugin: the unit of work is over");
    const auto role = roles_.find(plugin);
    if (!role) return base::internal_error("no tables of a plugin " + std::string(plugin) + " were migrated");
    const auto before = role_;
    if (!role->empty()) MORTISE_TRY(set_role(*role));
    // A plugin may call another within the unit, so what was current comes back afterwards.
    struct Restore {
        PostgresUnit& unit;
        std::string role;
        bool plugin;
        ~Restore() {
            unit.role_ = std::move(role);
            unit.plugin_ = plugin;
        }
    };
    base::Status status;
    {
        const Restore restore{*this, before, plugin_};
        if (!role->empty()) role_ = *role;
        plugin_ = true;
        status = body();
    }
    if (role->empty()) return status;
    // A failed transaction takes no more commands; its end ends the role, too.
    if (state_ != State::kOpen) return status;
    MORTISE_TRY(set_role(before));
    return status;
}

}  // namespace mortise::storage
