#pragma once

#include "core/base/unique_fd.hpp"
#include "core/events/outbox.hpp"
#include "core/flags/flag_set.hpp"
#include "core/host/plugin.hpp"
#include "core/host/service_parts.hpp"
#include "core/host/worker_settings.hpp"
#include "core/telemetry/log.hpp"
#include "core/tenancy/published.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/test_licence.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mortise::contract {

using host::HostKind;

// The folder of a package that this build made (CMakeLists.txt).
std::filesystem::path package_folder(std::string_view name);

// A call and what is around it.
struct Ask {
    std::uint32_t route = 0;
    base::RequestContext context = {};
    host::Pairs path = {};
    host::Pairs query = {};
    host::Pairs headers = {};
    std::string body = {};
    std::function<void()> given_up = {};
};

// What a call came to.
struct Told {
    // "ok"; of a problem its code; of an error of the host's "!" and its code.
    std::string outcome;
    host::PluginResponse response = {};
    base::Error error = {};
    bool committed = false;
    bool twice = false;  // first in a unit that reads

    std::string_view body() const noexcept { return response.body; }
};

// A log whose lines can be read.
class KeptLog {
 public:
    explicit KeptLog(const base::Clock& clock);
    telemetry::Log& log() noexcept { return *log_; }
    std::string text() const;

 private:
    test::TemporaryFolder folder_;
    base::UniqueFd file_;
    std::unique_ptr<telemetry::Log> log_;
};

// The flags of the platform and of tenants, which tests change one by one.
class KeptFlags {
 public:
    std::shared_ptr<const flags::FlagSet> read() const { return set_.read(); }

    // A nil tenant: the platform's. An empty definition: none any more.
    void put(const base::Uuid& tenant, const std::string& key, std::string definition);
    // What the rules of an owner's flags refer to, as of GET /api/v1/flag-set.
    void share(const base::Uuid& tenant, std::string set);
    // An empty variant: none any more. An empty user: for the whole tenant.
    void override(const base::Uuid& tenant, const std::string& key, const std::string& user,
                  const std::string& variant);
    void override_plan(const std::string& plan, const std::string& key, const std::string& variant);

 private:
    void publish();

    std::map<std::pair<base::Uuid, std::string>, std::string> definitions_;
    std::map<base::Uuid, std::string> shared_;
    std::map<std::tuple<base::Uuid, std::string, std::string>, std::string> overrides_;
    std::map<std::pair<std::string, std::string>, std::string> plans_;
    tenancy::Published<flags::FlagSet> set_;
};

// How often flags were answered, as the host says.
class CountedFlags {
 public:
    void add(const base::RequestContext& context, const flags::FlagSet& set,
             std::span<const flags::FlagCount> counts);
    // Such as "feature off 3, rule on 1, ", and forgets it: of one tenant in one environment.
    std::string take(const base::Uuid& tenant, const std::string& environment = "production");

 private:
    std::mutex mutex_;
    std::map<std::tuple<base::Uuid, std::string>, std::map<std::string, std::uint64_t>>
        counts_;  // under mutex_
};

// One plugin in one of the hosts, over the database under test.
class ContractHost {
 public:
    explicit ContractHost(HostKind kind, std::string_view package = "one", host::WorkerSettings workers = {});
    // Ends the plugin; where a sanitizer watches, it must have nothing to say about a worker either.
    ~ContractHost();
    ContractHost(const ContractHost&) = delete;
    ContractHost& operator=(const ContractHost&) = delete;

    host::Plugin& plugin() noexcept { return *plugin_; }
    // Loads another one beside it.
    void add(HostKind kind, std::string_view package, host::WorkerSettings workers = {});
    host::Plugin& plugin(const std::string& id) { return *plugins_.at(id); }
    void enable(const std::string& id, bool enabled);
    test::TestDatabase& database() noexcept { return database_; }
    host::ServiceParts parts();
    test::TestLicence& licence() noexcept { return licence_; }
    KeptFlags& flags() noexcept { return flags_; }
    CountedFlags& counted_flags() noexcept { return counted_flags_; }
    const base::Uuid& tenant() const noexcept { return tenant_; }
    std::string log_text() const { return log_.text(); }
    std::string metrics_text() const { return metrics_.render(); }
    void set_settings(const base::Uuid& tenant, std::string json);

    // A context of the host's first tenant.
    base::RequestContext context() const;
    Ask reading(std::string_view script) const;
    Ask writing(std::string_view script) const;

    // Runs the call in a unit of its own; commits as the host's runner does.
    Told call(const Ask& ask) { return call(*plugin_, ask); }
    Told call(host::Plugin& plugin, const Ask& ask);
    Told read(std::string_view script) { return call(reading(script)); }
    Told write(std::string_view script) { return call(writing(script)); }

    std::vector<events::StoredEvent> events(const base::Uuid& tenant);

 private:
    Told call(host::Plugin& plugin, const Ask& ask, storage::Access access);
    std::shared_ptr<host::Plugin> load(HostKind kind, std::string_view package, host::WorkerSettings workers);

    test::TestDatabase database_;
    test::TestLicence licence_{*database_, database_.clock()};
    KeptFlags flags_;
    CountedFlags counted_flags_;
    KeptLog log_;
    std::mutex mutex_;
    std::map<base::Uuid, std::string> settings_;   // under mutex_
    std::set<std::string, std::less<>> disabled_;  // plugins; under mutex_
    base::Uuid tenant_;
    telemetry::Metrics metrics_;
    host::Peers peers_;
    std::map<std::string, std::shared_ptr<host::Plugin>, std::less<>> plugins_;  // by id
    std::shared_ptr<host::Plugin> plugin_;
};

// The settings of a pool of `count` workers of this build.
host::WorkerSettings workers_of(std::size_t count);

// FNV-1a, as the plugin shows data.
std::string shown(std::string_view data);

// Tests that run in both hosts.
class ContractTest : public testing::TestWithParam<HostKind> {
 protected:
    ContractHost host_{GetParam()};
};

inline std::string name_of_host(const testing::TestParamInfo<HostKind>& info) {
    return info.param == HostKind::kWorker ? "Worker" : "InProcess";
}

}  // namespace mortise::contract

#define MORTISE_IN_BOTH_HOSTS(Suite)                                                            \
    INSTANTIATE_TEST_SUITE_P(                                                                   \
        Hosts, Suite,                                                                           \
        testing::Values(mortise::host::HostKind::kInProcess, mortise::host::HostKind::kWorker), \
        mortise::contract::name_of_host)
