#include "core/storage/sqlite_unit.hpp"

#include "core/storage/plugin_rows.hpp"
#include "core/storage/sqlite_file.hpp"

namespace mortise::storage {

SqliteUnit::~SqliteUnit() {
    if (connection_ && state_ != State::kCommitted && !connection_->rollback()) connection_.discard();
}

base::Result<std::int64_t> SqliteUnit::run(const Statement& statement, std::span<const Value> parameters,
                                           const RowSink& sink) {
    if (state_ != State::kOpen) return base::internal_error(statement.name() + ": the unit of work is over");
    auto result = connection_->policy().plugin.empty()
                      ? connection_->run(statement, parameters, sink)
                      : run_for_plugin(*connection_, statement, parameters, sink);
    if (!result.ok()) state_ = State::kFailed;
    return result;
}

base::Status SqliteUnit::commit() {
    if (state_ != State::kOpen) return base::internal_error("commit: the unit of work is over");
    state_ = State::kFailed;
    MORTISE_TRY(connection_->commit());
    state_ = State::kCommitted;
    return {};
}

void SqliteUnit::abandon() noexcept {
    if (state_ != State::kCommitted) state_ = State::kFailed;
    if (!connection_) return;
    connection_->policy() = {};
    if (connection_->rollback())
        connection_.reset();
    else
        connection_.discard();
}

base::Status SqliteUnit::as_plugin(std::string_view plugin, base::FunctionRef<base::Status()> body) {
    if (!is_plugin_id(plugin)) return base::internal_error("not a plugin's id: " + std::string(plugin));
    // A plugin may call another within the unit, so what was current comes back afterwards.
    // After abandon() the connection is somebody else's.
    struct Restore {
        SqliteUnit& unit;
        const SqlitePolicy before;
        ~Restore() {
            if (unit.connection_) unit.connection_->policy() = before;
        }
    };
    if (state_ != State::kOpen) return base::internal_error("as_plugin: the unit of work is over");
    const Restore restore{*this, connection_->policy()};
    connection_->policy() = {plugin, false};
    return body();
}

}  // namespace mortise::storage
