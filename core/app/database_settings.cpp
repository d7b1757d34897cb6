#include "core/app/database_settings.hpp"

namespace mortise::app {

storage::DatabaseSettings database_settings(const config::Storage& settings,
                                            const std::filesystem::path& data) {
    return {
        .engine = settings.engine == "postgresql" ? storage::Engine::kPostgresql : storage::Engine::kSqlite,
        .directory = data,
        .url = settings.url,
        .connections = static_cast<unsigned>(settings.connections),
        .open_tenant_files = static_cast<unsigned>(settings.open_tenant_files),
        .busy_timeout = settings.busy_timeout};
}

}  // namespace mortise::app
