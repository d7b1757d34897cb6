// Generations of a plugin, over both hosts: a new one takes the place of the running one without a failed
// call, and a bad one takes nothing.
#include "core/host/registry.hpp"

#include "core/base/file.hpp"
#include "core/crypto/signature.hpp"
#include "core/host/package.hpp"
#include "core/http/plugin_routes.hpp"
#include "core/http/router.hpp"
#include "tests/contract/contract_host.hpp"

#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace mortise::contract {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class RegistryTest : public testing::TestWithParam<HostKind> {
 protected:
    RegistryTest() { install("one"); }

    // Puts a package of this build into the folder of plugins, signed.
    void install(std::string_view name) {
        fs::remove_all(folder_ / "contract");
        fs::create_directories(folder_);
        fs::copy(package_folder(name), folder_ / "contract", fs::copy_options::recursive);
        sign();
    }
    void sign() {
        fs::remove(folder_ / "contract/SIGNATURE");
        const auto files = host::read_package(folder_ / "contract").value();
        const auto manifest = host::parse_manifest(files.by_path.at("manifest.toml"), "manifest.toml");
        ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
        write("SIGNATURE", host::sign_package(*manifest, files, keys_.secret));
    }
    void write(const fs::path& name, std::string_view content) {
        fs::create_directories((folder_ / "contract" / name).parent_path());
        std::ofstream(folder_ / "contract" / name, std::ios::binary | std::ios::trunc) << content;
    }
    std::string read(const fs::path& name) const {
        return base::read_file(folder_ / "contract" / name, 1UL << 26).value();
    }
    void replace_in(const fs::path& name, std::string_view from, std::string_view to) {
        std::string text = read(name);
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        write(name, text.replace(at, from.size(), to));
    }

    // Both engines' files of a kind.
    void write_sql(const std::string& name, const std::string& text) {
        for (const std::string engine : {"sqlite", "postgresql"})
            write("sql/" + engine + "/" + name, text);
    }

    host::RegistrySettings settings() {
        host::RegistrySettings settings;
        settings.directory = folder_;
        settings.publishers = {{keys_.public_key, {"contract"}}};
        if (GetParam() == HostKind::kInProcess) settings.in_process = settings.publishers;
        settings.workers = workers_of(2);
        settings.workers.deaths = 2;
        return settings;
    }
    // What the server does: a table must come of the routes.
    static base::Status accept(const std::shared_ptr<host::Plugin>& plugin) {
        const auto table = http::RouteTable::build(http::plugin_routes(plugin, 1000));
        if (!table.ok()) return base::Error{base::ErrorKind::kInvalid, "plugin_routes_invalid", "No table."};
        return {};
    }
    std::unique_ptr<host::Registry> make_registry() {
        const host::ServiceParts parts{
            database_.clock(),
            log_.log(),
            [](const base::Uuid&, std::string_view) { return std::string("{}"); },
            licence_.desk(),
            [](const base::RequestContext&) { return std::make_shared<const flags::FlagSet>(); },
            [](const base::RequestContext&, const std::shared_ptr<const flags::FlagSet>&,
               std::span<const flags::FlagCount>) {},
            peers_};
        const auto entitled = [this](const host::Manifest&) -> base::Status {
            if (entitled_) return {};
            return base::Error{base::ErrorKind::kForbidden, "license_required", "Not licensed."};
        };
        return std::make_unique<host::Registry>(settings(), *database_, parts, entitled, &accept);
    }
    void load() {
        registry_ = make_registry();
        registry_->load_all();
        ASSERT_EQ(registry_->running().size(), 1U)
            << (registry_->refused().empty() ? "" : registry_->refused()[0].detail);
        tenant_ = database_.make_tenant();
    }
    std::shared_ptr<host::Plugin> running() { return registry_->running().at(0); }

    // The outcome of a call to the plugin, as ContractHost has it.
    static std::string call(storage::Database& database, host::Plugin& plugin, const base::Uuid& tenant,
                            const std::string& script, std::chrono::milliseconds time = 20s) {
        base::RequestContext context;
        context.tenant = tenant;
        context.deadline = test::in(time);
        auto unit = database.begin_tenant(tenant, storage::Access::kWrite, context.deadline);
        if (!unit.ok()) return "!" + unit.error().code;
        const host::Pairs query = {{"do", script}};
        const host::PluginRequest request{.route = 1, .query = &query};
        auto answer = plugin.call(context, **unit, request);
        if (!answer.ok()) return "!" + answer.error().code;
        if (answer->problem) return answer->problem->code;
        if (const auto done = (*unit)->commit(); !done.ok()) return "!" + done.error().code;
        return answer->body;
    }
    std::string call(const std::string& script) { return call(*database_, *running(), tenant_, script); }
    std::string reload() {
        const auto done = registry_->reload("contract");
        return done.ok() ? "ok" : done.error().code;
    }
    bool logged(std::string_view text) {
        for (int i = 0; i < 300; ++i) {
            if (log_.text().find(text) != std::string::npos) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }

    test::TestDatabase database_;
    test::TestLicence licence_{*database_, database_.clock()};
    test::TemporaryFolder temporary_;
    const fs::path folder_ = temporary_.path() / "plugins";
    const crypto::KeyPair keys_ = crypto::KeyPair::generate();
    KeptLog log_{database_.clock()};
    std::atomic<bool> entitled_ = true;
    telemetry::Metrics metrics_;
    host::Peers peers_{[this](std::string_view id) { return registry_->find(id); },
                       [](const base::Uuid&, std::string_view) { return true; }, metrics_};
    std::unique_ptr<host::Registry> registry_;
    base::Uuid tenant_;
};
MORTISE_IN_BOTH_HOSTS(RegistryTest);

TEST_P(RegistryTest, LoadsWhatIsSignedAndLicensed) {
    load();
    EXPECT_EQ(running()->host(), GetParam());
    EXPECT_EQ(running()->manifest().version, "1.0.0");
    EXPECT_EQ(call("sql add 0 none i:1 t:one n: i:0"), "sql OK  changed=1\n");
}

TEST_P(RegistryTest, WithoutAnEntitlementNothingIsLoaded) {
    entitled_ = false;
    registry_ = make_registry();
    registry_->load_all();
    EXPECT_TRUE(registry_->running().empty());
    ASSERT_EQ(registry_->refused().size(), 1U);
    EXPECT_EQ(registry_->refused()[0].code, "license_required");
    entitled_ = true;
    registry_->load_all();
    EXPECT_EQ(registry_->running().size(), 1U) << "after a licence was installed";
}

TEST_P(RegistryTest, AReloadPutsTheNewGenerationInPlace) {
    load();
    const auto old = running();
    install("two");
    EXPECT_EQ(reload(), "ok");
    EXPECT_EQ(running()->manifest().version, "2.0.0");
    EXPECT_EQ(running()->routes()[4].pattern, "/two");
    EXPECT_EQ(call("sql count 1 rows"), "sql OK i:0; changed=0\n");
    EXPECT_EQ(call(*database_, *old, tenant_, "sql count 1 rows"), "sql OK i:0; changed=0\n")
        << "what was under way ends where it began";
}

TEST_P(RegistryTest, TheOldGenerationEndsWithItsLastCall) {
    load();
    auto old = running();
    install("two");
    std::thread caller([&] {
        EXPECT_EQ(call(*database_, *old, tenant_, "sleep 4000\nuuid"), "uuid right\n");
        old.reset();
    });
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(reload(), "ok");
    EXPECT_EQ(log_.text().find("plugin stopped"), std::string::npos) << "a call is still in it";
    caller.join();
    EXPECT_TRUE(logged("\"plugin stopped\",\"plugin\":\"contract\",\"version\":\"1.0.0\""));
    EXPECT_EQ(call("uuid"), "uuid right\n");
}

// Whoever lets go last, even a thread that must not wait: the plugin's stop runs elsewhere.
TEST_P(RegistryTest, LettingGoOfAGenerationTakesNoTime) {
    load();
    auto old = running();
    // Its stop waits for what it left behind.
    EXPECT_EQ(call(*database_, *old, tenant_, "leave 4000 now"), "");
    install("two");
    EXPECT_EQ(reload(), "ok");
    const auto begun = std::chrono::steady_clock::now();
    old.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
    EXPECT_TRUE(logged("\"version\":\"1.0.0\""));
}

TEST_P(RegistryTest, ReloadsUnderLoadFailNoCall) {
    load();
    std::vector<base::Uuid> tenants;
    for (int i = 0; i < 3; ++i)
        tenants.push_back(database_.make_tenant());
    std::atomic<bool> stop = false;
    std::atomic<int> good = 0;
    std::vector<std::string> failed(tenants.size());
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < tenants.size(); ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; !stop; ++i) {
                const auto plugin = running();
                const auto told = call(*database_, *plugin, tenants[t],
                                       "sql add 0 none i:" + std::to_string(i) + " t:n" + std::to_string(i) +
                                           " n: i:0\nevent thing.made a {}");
                if (told == "sql OK  changed=1\nevent OK\n")
                    ++good;
                else
                    failed[t] += told + ";";
            }
        });
    for (int i = 0; i < 8; ++i) {
        install(i % 2 == 0 ? "two" : "one");
        EXPECT_EQ(reload(), "ok");
        const int before = good;
        for (int wait = 0; wait < 500 && good < before + 3; ++wait)
            std::this_thread::sleep_for(10ms);
    }
    stop = true;
    for (auto& thread : threads)
        thread.join();
    for (const auto& one : failed)
        EXPECT_EQ(one, "");
    EXPECT_GE(good, 24);
}

// Spoils the package of generation two in one way; the reload answers the code.
struct Spoiler {
    const char* what;
    const char* code;
    std::function<void()> spoil;
};

// Afterwards the running generation must be as good as before.
TEST_P(RegistryTest, ABadGenerationLeavesTheRunningOneAsItWas) {
    load();
    ASSERT_EQ(call("sql add 0 none i:1 t:one n: i:0"), "sql OK  changed=1\n");
    const std::string library = read("contract.so");
    const Spoiler spoilers[] = {
        {"a flipped byte", "signature_invalid",
         [&] {
             std::string bytes = read("contract.so");
             bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
             write("contract.so", bytes);
         }},
        {"no signature", "signature_missing", [&] { fs::remove(folder_ / "contract/SIGNATURE"); }},
        {"an unknown key of the manifest", "manifest_invalid",
         [&] { replace_in("manifest.toml", "version =", "colour = 1\nversion ="); }},
        {"an ABI of the future", "plugin_abi_mismatch",
         [&] { replace_in("manifest.toml", "abi = \"1.0\"", "abi = \"2.0\""), sign(); }},
        {"a library that is none", "plugin_elf_refused",
         [&] { write("contract.so", "#!/bin/sh\n"), sign(); }},
        {"the library of another version", "plugin_entry_invalid",
         [&] { write("contract.so", library), sign(); }},
        {"a start that fails", "plugin_start_failed", [&] { install("startless"); }},
        {"fewer methods than the manifest lists", "plugin_entry_invalid", [&] { install("fewer"); }},
        {"two routes of one path", "plugin_routes_invalid", [&] { install("twins"); }},
        {"a statement that reaches beyond", "sql_refused",
         [&] { write_sql("queries/spy.sql", "-- @column n int\nSELECT count(*) FROM outbox\n"), sign(); }},
        {"a statement file that is none", "statement_invalid",
         [&] { write_sql("queries/spy.sql", "DROP TABLE contract__thing\n"), sign(); }},
        {"a migration that reaches beyond", "sql_refused",
         [&] { write_sql("migrations/0002_more.sql", "DROP TABLE outbox\n"), sign(); }},
        {"a migration that was changed since", "migration_changed",
         [&] {
             for (const std::string file :
                  {"sql/sqlite/migrations/0001_thing.sql", "sql/postgresql/migrations/0001_thing.sql"})
                 write(file, read(file) + "\n");
             sign();
         }},
        {"a missing dependency", "dependency_missing",
         [&] {
             replace_in("manifest.toml", "\nservices", "\ndependencies = { rules = \"1.0.0\" }\nservices"),
                 sign();
         }},
        {"another plugin in the folder", "package_invalid",
         [&] {
             replace_in("manifest.toml", "id = \"contract\"", "id = \"other\"");
             replace_in("manifest.toml", "contract:use", "other:use");
             replace_in("manifest.toml", "contract.scripts/1", "other.scripts/1");
         }},
        {"no folder", "package_invalid", [&] { fs::remove_all(folder_ / "contract"); }},
        {"no licence for it", "license_required", [&] { entitled_ = false; }},
    };
    for (const Spoiler& spoiler : spoilers) {
        install("two");
        spoiler.spoil();
        EXPECT_EQ(reload(), spoiler.code) << spoiler.what;
        entitled_ = true;
        EXPECT_EQ(running()->manifest().version, "1.0.0") << spoiler.what;
        EXPECT_EQ(running()->state(), host::PluginState::kRunning) << spoiler.what;
        EXPECT_EQ(call("sql count 1 rows"), "sql OK i:1; changed=0\n") << spoiler.what;
        EXPECT_EQ(call(*database_, *running(), database_.make_tenant(), "sql count 1 rows"),
                  "sql OK i:0; changed=0\n")
            << spoiler.what << ": a new tenant";
    }
    install("two");
    EXPECT_EQ(reload(), "ok");
    EXPECT_EQ(call("sql count 1 rows"), "sql OK i:1; changed=0\n");
}

TEST_P(RegistryTest, AQuarantinedPluginComesBackByAReload) {
    load();
    const bool worker = GetParam() == HostKind::kWorker;
    std::vector<std::thread> threads;
    for (int i = 0; i < (worker ? 2 : 4); ++i)
        threads.emplace_back([&, plugin = running(), tenant = database_.make_tenant()] {
            // A worker that is being started again has no death to add: ask until all of them have died.
            for (int tries = 0; tries < 500 && plugin->state() != host::PluginState::kQuarantined; ++tries) {
                EXPECT_EQ(call(*database_, *plugin, tenant, worker ? "abort" : "sleep 2500",
                               std::chrono::milliseconds(worker ? 20000 : 50)),
                          worker ? "!plugin_unavailable" : "!deadline_exceeded");
                std::this_thread::sleep_for(10ms);
            }
        });
    for (int i = 0; i < 1000 && running()->state() != host::PluginState::kQuarantined; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_EQ(running()->state(), host::PluginState::kQuarantined);
    EXPECT_EQ(call("uuid"), "!plugin_unavailable");
    EXPECT_EQ(reload(), "ok");
    EXPECT_EQ(running()->state(), host::PluginState::kRunning);
    EXPECT_EQ(call("uuid"), "uuid right\n");
    for (auto& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace mortise::contract
