#include "core/storage/postgres_schema.hpp"

#include "core/storage/postgres_rules.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace mortise::storage {
namespace {

const Statement kRole("storage.role",
                      "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles "
                      "WHERE rolname IN (current_user, session_user) AND (rolsuper OR rolbypassrls)",
                      {}, {Type::kText, Type::kBoolean, Type::kBoolean});
// One lock for all changes of the schemas: "mortise" in ASCII.
const Statement kLock("storage.schema_lock", "SELECT pg_advisory_xact_lock(30803236395807589)::text", {},
                      {Type::kText});
const Statement kTransaction("storage.transaction", "SELECT pg_current_xact_id()::text", {}, {Type::kText});
const Statement kHistory("storage.history_postgres",
                         "SELECT version, name, checksum FROM mortise_core.schema_migrations "
                         "WHERE owner = $1 ORDER BY version",
                         {Type::kText}, {Type::kInteger, Type::kText, Type::kText});
const Statement kRecord(
    "storage.record_migration_postgres",
    "INSERT INTO mortise_core.schema_migrations (owner, version, name, checksum, applied_at) "
    "VALUES ($1, $2, $3, $4, $5)",
    {Type::kText, Type::kInteger, Type::kText, Type::kText, Type::kTime});
const Statement kPluginRole(
    "storage.plugin_role",
    "SELECT wanted.name, quote_ident(wanted.name), r.oid IS NOT NULL, "
    "r.oid IS NOT NULL AND pg_has_role(r.oid, 'MEMBER'), me.rolcreaterole "
    "FROM (SELECT current_user || '_plugin_' || $1 AS name) wanted "
    "JOIN pg_roles me ON me.rolname = current_user LEFT JOIN pg_roles r ON r.rolname = wanted.name",
    {Type::kText}, {Type::kText, Type::kText, Type::kBoolean, Type::kBoolean, Type::kBoolean});

constexpr std::size_t kMaxRoleName = 63;  // NAMEDATALEN - 1

const char* const kMakeSchemas =
    "CREATE SCHEMA IF NOT EXISTS mortise_core;"
    "CREATE SCHEMA IF NOT EXISTS mortise_tenant;"
    "CREATE TABLE IF NOT EXISTS mortise_core.schema_migrations ("
    "owner text NOT NULL, version bigint NOT NULL, name text NOT NULL, checksum text NOT NULL, "
    "applied_at bigint NOT NULL, PRIMARY KEY (owner, version))";

// A transaction that is rolled back unless it was committed.
class Transaction {
 public:
    explicit Transaction(PostgresConnection& connection) : connection_(connection) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() { connection_.rollback(); }

    base::Status begin(std::string_view schema) {
        MORTISE_TRY(connection_.begin(Access::kWrite, base::Uuid{}, base::Monotonic::max()));
        MORTISE_TRY(connection_.run(kLock, {}, {}));
        return connection_.execute("SET LOCAL search_path = " + std::string(schema) + ", pg_temp");
    }
    base::Status commit() { return connection_.commit(); }

 private:
    PostgresConnection& connection_;
};

base::Error refused(const MigrationSet& set, const Migration& step, base::Error error) {
    error.log_text = "migration " + set.owner + "/" + step.name + ": " + error.log_text;
    return error;
}

base::Result<std::vector<AppliedMigration>> history(PostgresConnection& connection,
                                                    const std::string& owner) {
    std::vector<AppliedMigration> applied;
    const std::vector<Value> parameters{std::string_view(owner)};
    MORTISE_TRY(connection.run(kHistory, parameters, [&](const Row& row) {
        applied.push_back(
            {static_cast<std::uint32_t>(row.integer(0)), std::string(row.text(1)), std::string(row.text(2))});
        return true;
    }));
    return applied;
}

base::Result<std::string> transaction_id(PostgresConnection& connection) {
    std::string id;
    MORTISE_TRY(connection.run(kTransaction, {}, [&](const Row& row) {
        id = row.text(0);
        return true;
    }));
    return id;
}

// A plugin's tables are <id>__…; the host's have no such prefix.
base::Status check_names(const std::string& owner, const std::set<std::string>& before,
                         const std::set<std::string>& now) {
    std::vector<std::string> touched;
    std::ranges::set_symmetric_difference(before, now, std::back_inserter(touched));
    for (const auto& name : touched) {
        const bool own =
            owner == "host" ? name.find("__") == std::string::npos : name.starts_with(owner + "__");
        if (!own)
            return base::Error{base::ErrorKind::kInternal, "migration_refused",
                               "The server could not complete the request.",
                               "table " + name + " is not " + owner + "'s to make or drop"};
    }
    return {};
}

// Whether everything that is not the plugin's stands as it stood before its migration.
base::Status check_foreign(PostgresConnection& connection, const std::string& plugin,
                           const std::set<std::string>& before) {
    MORTISE_TRY_ASSIGN(const auto now, foreign_objects(connection, plugin));
    std::vector<std::string> changed;
    std::ranges::set_symmetric_difference(before, now, std::back_inserter(changed));
    if (changed.empty()) return {};
    return base::Error{base::ErrorKind::kInternal, "migration_refused",
                       "The server could not complete the request.",
                       changed.front() + " is not " + plugin + "'s to make, change or drop"};
}

base::Status run_text(PostgresConnection& connection, const std::string& sql) {
    MORTISE_TRY_ASSIGN(const auto before, transaction_id(connection));
    MORTISE_TRY(connection.execute(sql));
    MORTISE_TRY_ASSIGN(const auto after, transaction_id(connection));
    if (before != after) return base::internal_error("a migration must not end its transaction");
    return {};
}

base::Status apply_to_tenants(PostgresConnection& connection, const MigrationSet& set,
                              const Migration& step) {
    MORTISE_TRY_ASSIGN(const auto before, tenant_tables(connection));
    std::set<std::string> foreign;
    if (set.owner != "host") {
        MORTISE_TRY_ASSIGN(foreign, foreign_objects(connection, set.owner));
    }
    MORTISE_TRY(run_text(connection, step.sql));
    MORTISE_TRY_ASSIGN(const auto now, tenant_tables(connection));
    MORTISE_TRY(check_names(set.owner, before, now));
    if (set.owner != "host") MORTISE_TRY(check_foreign(connection, set.owner, foreign));
    MORTISE_TRY(protect_tables(connection));
    return check_rules(connection);
}

// Applies the next step that the database has not; answers whether there was one.
base::Result<bool> apply_next(PostgresConnection& connection, std::string_view schema,
                              const MigrationSet& set, const base::Clock& clock) {
    Transaction transaction(connection);
    MORTISE_TRY(transaction.begin(schema));
    MORTISE_TRY_ASSIGN(const auto applied, history(connection, set.owner));
    MORTISE_TRY_ASSIGN(const auto steps, pending(set, applied));
    if (steps.empty()) return false;
    const auto& step = steps.front();
    auto done =
        schema == kTenantSchema ? apply_to_tenants(connection, set, step) : run_text(connection, step.sql);
    if (!done.ok()) return refused(set, step, std::move(done).error());
    const auto digest = checksum(step);
    const std::vector<Value> record{std::string_view(set.owner), std::int64_t{step.version},
                                    std::string_view(step.name), std::string_view(digest), clock.now()};
    MORTISE_TRY(connection.run(kRecord, record, {}));
    MORTISE_TRY(transaction.commit());
    return true;
}

base::Status grant_tables(PostgresConnection& connection, const std::string& plugin,
                          const std::string& role) {
    MORTISE_TRY(connection.execute("GRANT USAGE ON SCHEMA mortise_tenant TO " + role));
    MORTISE_TRY_ASSIGN(const auto tables, tenant_tables(connection));
    for (const auto& table : tables) {
        if (!table.starts_with(plugin + "__")) continue;
        MORTISE_TRY(connection.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON mortise_tenant.\"" + table +
                                       "\" TO " + role));
    }
    return {};
}

}  // namespace

base::Status check_role(PostgresConnection& connection) {
    std::string mighty;
    MORTISE_TRY(connection.begin(Access::kRead, base::Uuid{}, base::Monotonic::max()));
    const auto asked = connection.run(kRole, {}, [&](const Row& row) {
        mighty = std::string(row.text(0)) + (row.boolean(1) ? " is a superuser" : " has BYPASSRLS");
        return true;
    });
    connection.rollback();
    if (!asked.ok()) return asked.error();
    if (mighty.empty()) return {};
    const auto text =
        "The PostgreSQL role " + mighty +
        ", so that row-level security would not keep tenants apart. Connect with a role made by: "
        "CREATE ROLE mortise LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE PASSWORD '...'; "
        "CREATE DATABASE mortise OWNER mortise;";
    return base::Error{base::ErrorKind::kInvalid, "storage_role_too_powerful", text, text};
}

base::Status make_schemas(PostgresConnection& connection) {
    Transaction transaction(connection);
    MORTISE_TRY(transaction.begin(kCoreSchema));
    MORTISE_TRY(connection.execute(kMakeSchemas));
    return transaction.commit();
}

base::Status migrate_postgres(PostgresConnection& connection, std::string_view schema,
                              const MigrationSet& set, const base::Clock& clock) {
    bool more = true;
    while (more) {
        MORTISE_TRY_ASSIGN(more, apply_next(connection, schema, set, clock));
    }
    return {};
}

base::Result<std::string> make_plugin_role(PostgresConnection& connection, const std::string& plugin) {
    Transaction transaction(connection);
    MORTISE_TRY(transaction.begin(kTenantSchema));
    std::string name;
    std::string quoted;
    bool exists = false;
    bool member = false;
    bool may_create = false;
    const std::vector<Value> parameters{std::string_view(plugin)};
    MORTISE_TRY(connection.run(kPluginRole, parameters, [&](const Row& row) {
        name = row.text(0);
        quoted = row.text(1);
        exists = row.boolean(2);
        member = row.boolean(3);
        may_create = row.boolean(4);
        return true;
    }));
    if ((!member && !may_create) || name.size() > kMaxRoleName) return std::string();
    if (!exists) MORTISE_TRY(connection.execute("CREATE ROLE " + quoted + " NOLOGIN"));
    if (!member) MORTISE_TRY(connection.execute("GRANT " + quoted + " TO CURRENT_USER"));
    MORTISE_TRY(grant_tables(connection, plugin, quoted));
    MORTISE_TRY(transaction.commit());
    return quoted;
}

}  // namespace mortise::storage
