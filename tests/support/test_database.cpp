#include "tests/support/test_database.hpp"

#include "core/storage/host_migrations.hpp"

#include <libpq-fe.h>
#include <stdlib.h>

#include <array>
#include <stdexcept>

namespace mortise::test {
namespace {

template <class T>
T need(base::Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.error().code + ": " + result.error().log_text);
    return std::move(result).value();
}

void need(const base::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.error().code + ": " + status.error().log_text);
}

std::string postgres_url() {
    const char* url = ::getenv("MORTISE_TEST_POSTGRES");
    return url == nullptr ? "" : url;
}

void empty_postgres(const std::string& url) {
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        throw std::runtime_error(PQerrorMessage(connection.get()));
    std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(connection.get(),
               "SET client_min_messages = warning;"
               "DROP SCHEMA IF EXISTS mortise_core CASCADE; DROP SCHEMA IF EXISTS mortise_tenant CASCADE"),
        &PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        throw std::runtime_error(PQerrorMessage(connection.get()));
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "mortise-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

storage::Engine engine_under_test() {
    return postgres_url().empty() ? storage::Engine::kSqlite : storage::Engine::kPostgresql;
}

TestDatabase::TestDatabase(bool migrate, unsigned open_tenant_files) {
    settings_.engine = engine_under_test();
    settings_.directory = folder_.path() / "data";
    settings_.url = postgres_url();
    settings_.open_tenant_files = open_tenant_files;
    if (settings_.engine == storage::Engine::kPostgresql) empty_postgres(settings_.url);
    reopen();
    if (!migrate) return;
    need(database_->migrate_core(need(storage::core_migrations(settings_.engine))));
    need(database_->migrate_tenants(need(storage::host_migrations(settings_.engine))));
}

void TestDatabase::reopen() {
    database_.reset();
    database_ = need(storage::Database::open(settings_, clock_));
}

base::Uuid TestDatabase::make_tenant() {
    const auto tenant = base::new_uuid(clock_);
    need(database_->create_tenant(tenant));
    return tenant;
}

}  // namespace mortise::test
