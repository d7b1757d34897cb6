#include "core/storage/postgres_probe.hpp"

#include "core/storage/postgres_schema.hpp"

#include <array>
#include <string_view>

namespace mortise::storage {
namespace {

constexpr const char* kProbePlugin = "mortiseprobe";

struct Attempt {
    std::string_view what;
    std::string_view sql;
};
constexpr auto kForbidden = std::to_array<Attempt>(
    {{"read the platform's tables", "SELECT count(*) FROM mortise_core.schema_migrations"},
     {"make a table among the tenants'", "CREATE TABLE mortise_tenant.mortiseprobe__table (tenant_id uuid)"},
     {"make a table among the platform's", "CREATE TABLE mortise_core.mortiseprobe__table (tenant_id uuid)"},
     {"make a role", "CREATE ROLE mortiseprobe_role NOLOGIN"}});
constexpr auto kUnwanted = std::to_array<Attempt>(
    {{"change the tenant", "SELECT set_config('mortise.tenant', '', true)"},
     {"change its role", "SELECT set_config('role', 'none', true)"},
     {"read the catalogue", "SELECT count(*) FROM pg_catalog.pg_class"},
     {"see other sessions", "SELECT count(*) FROM pg_catalog.pg_stat_activity"},
     {"take locks", "SELECT pg_try_advisory_xact_lock(1, 1)"},
     {"notify others", "SELECT pg_notify('mortise_probe', '')"},
     {"run text as a query", "SELECT query_to_xml('SELECT 1', true, true, '')"},
     {"make temporary tables", "CREATE TEMPORARY TABLE mortiseprobe__table (tenant_id uuid)"}});

// Whether the server lets `role` run a text; nothing of it stays.
base::Result<bool> can(PostgresConnection& connection, const std::string& role, const Attempt& attempt) {
    base::Uuid nobody;
    nobody.bytes.fill(0xff);
    MORTISE_TRY(connection.begin(Access::kWrite, nobody, base::Monotonic::max()));
    MORTISE_TRY(connection.execute("SET LOCAL ROLE " + role));
    const auto tried = connection.execute(std::string(attempt.sql));
    if (!connection.rollback()) return storage_error(kLost, "probe: " + std::string(attempt.what));
    return tried.ok();
}

}  // namespace

base::Result<std::string> probe_guards(PostgresConnection& connection) {
    MORTISE_TRY_ASSIGN(const auto role, make_plugin_role(connection, kProbePlugin));
    if (role.empty()) return std::string();  // each plugin is named in a warning of its own
    for (const auto& attempt : kForbidden) {
        MORTISE_TRY_ASSIGN(const bool allowed, can(connection, role, attempt));
        if (!allowed) continue;
        const auto text = "The PostgreSQL role of a plugin could " + std::string(attempt.what) +
                          "; revoke what was granted to it or to PUBLIC on the schemas mortise_core and "
                          "mortise_tenant.";
        return base::Error{base::ErrorKind::kInvalid, "storage_unguarded", text, text};
    }
    std::string found;
    for (const auto& attempt : kUnwanted) {
        MORTISE_TRY_ASSIGN(const bool allowed, can(connection, role, attempt));
        if (allowed) found.append(found.empty() ? "" : ", ").append(attempt.what);
    }
    if (found.empty()) return found;
    return "PostgreSQL lets a plugin's role " + found +
           "; only the judgement of its SQL at install keeps it from that until a superuser has run "
           "config/postgresql/setup.sql";
}

}  // namespace mortise::storage
