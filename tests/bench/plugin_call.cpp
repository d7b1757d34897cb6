// What a call through the plugin ABI costs, without network and SQL:
//     plugin_call FOLDER PLUGIN
// FOLDER takes a database; PLUGIN is the package `ping`; mortise-worker stands beside this program. Prints
// nanoseconds: a handler of the core, the plugin in this process (means), the plugin in a worker (median);
// one question of the plugin in this process whether a feature is licensed; of a flag that is overridden, and
// of one with a rule, in this process; the same two in a worker; and of a flag that a worker has to ask for
// (means).
#include "core/base/clock.hpp"
#include "core/flags/flag_set_builder.hpp"
#include "core/flags/flag_usage.hpp"
#include "core/host/in_process.hpp"
#include "core/host/package.hpp"
#include "core/host/worker_plugin.hpp"
#include "core/http/plugin_routes.hpp"
#include "core/storage/database.hpp"
#include "core/storage/host_migrations.hpp"
#include "core/telemetry/log.hpp"
#include "tests/bench/timing.hpp"
#include "tests/support/test_licence.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using namespace mortise;

template <class T>
T take(base::Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.error().detail + " " + result.error().log_text);
    return std::move(result).value();
}
void take(const base::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.error().detail + " " + status.error().log_text);
}

// What the pipeline gives to a handler, made once.
class Bench {
 public:
    Bench(const std::filesystem::path& folder, std::filesystem::path plugin, std::filesystem::path worker)
        : plugin_(std::move(plugin)),
          worker_(std::move(worker)),
          database_(take(storage::Database::open({.directory = folder}, clock_))) {
        const auto engine = storage::Engine::kSqlite;
        take(database_->migrate_core(take(storage::core_migrations(engine))));
        take(database_->migrate_tenants(take(storage::host_migrations(engine))));
        context_.tenant = base::new_uuid(clock_);
        take(database_->create_tenant(context_.tenant));
        context_.deadline = soon();
        unit_ = take(database_->begin_tenant(context_.tenant, storage::Access::kRead, context_.deadline));
    }

    double core_handler() {
        const http::RouteHandler handler = [](const http::Call&) -> base::Result<http::Response> {
            return http::Response{.content_type = "text/plain", .body = "pong"};
        };
        return bench::least_mean_ns(200000, [&] { ask(handler); });
    }
    double in_process() {
        const auto rows = load(true);
        return bench::least_mean_ns(200000, [&] { ask(rows[0].handler); });
    }
    double in_worker() {
        const auto rows = load(false);
        return bench::median_ns(20000, [&] { ask(rows[0].handler); });
    }
    double entitled() {
        licence_.hold({"audit", "export.csv", "reports", "sso"}, {});
        return question(true, 1);
    }
    // A boolean flag with an override of the tenant; one with a rule over two attributes.
    double flag(bool in_process) { return question(in_process, 2); }
    double ruled_flag(bool in_process) { return question(in_process, 3); }
    // A flag that a worker does not hold: what a round trip would cost each time.
    double asked_flag() { return question(false, 4); }

 private:
    // Nanoseconds, which the plugin measured.
    double question(bool in_process, std::size_t route) {
        const auto rows = load(in_process);
        const http::Call call{context_, request_, none_, none_, unit_.get()};
        double least = 1e18;
        for (int round = 0; round < 5; ++round)
            least = std::min(least, std::stod(take(rows[route].handler(call)).body) / 1000);
        return least;
    }

    std::shared_ptr<const flags::FlagSet> some_flags() const {
        flags::FlagSetBuilder builder;
        const auto add = [&](const std::string& key, std::string_view rest) {
            const auto definition = take(flags::parse_definition(
                R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off")" +
                std::string(rest) + "}"));
            builder.add_flag({}, std::make_shared<const flags::CompiledFlag>(key, definition, ""));
        };
        add("static", "");
        add("asked", "");
        add("ruled", R"(,"targeting":{"if":[{"and":[{"sem_ver":[{"var":"version"},">=","2.1.0"]},
                        {"fractional":[{"var":"customer"},["on",10],["off",90]]}]},"on","off"]})");
        builder.add_override(context_.tenant, "static", "", "on");
        return std::make_shared<const flags::FlagSet>(builder.build());
    }

    base::Monotonic soon() const { return clock_.monotonic() + std::chrono::hours(1); }

    std::vector<http::Route> load(bool in_process) {
        auto package = take(host::open_package(plugin_, {}, true));
        host::ServiceParts parts{
            clock_,
            log_,
            [](const base::Uuid&, std::string_view) { return "{}"; },
            licence_.desk(),
            [this](const base::RequestContext&) { return flags_; },
            [this](const base::RequestContext& context, const std::shared_ptr<const flags::FlagSet>& set,
                   std::span<const flags::FlagCount> counts) {
                usage_.add(set, {.tenant = context.tenant}, context.environment, counts);
            },
            peers_};
        const host::WorkerSettings workers{.program = worker_, .count = 1};
        const auto engine = storage::Engine::kSqlite;
        auto plugin = take(in_process ? host::load_in_process(std::move(package), engine, parts)
                                      : host::load_in_workers(std::move(package), engine, parts, workers));
        return http::plugin_routes(std::move(plugin), 1 << 20);
    }

    void ask(const http::RouteHandler& handler) {
        const http::Call call{context_, request_, none_, none_, unit_.get()};
        if (take(handler(call)).body != "pong") throw std::runtime_error("a wrong answer");
    }

    const std::filesystem::path plugin_, worker_;
    base::SystemClock clock_;
    telemetry::Log log_{STDERR_FILENO, telemetry::Level::kWarn, false, clock_};
    std::unique_ptr<storage::Database> database_;
    test::TestLicence licence_{*database_, clock_};
    flags::FlagUsage usage_{*database_, clock_};
    base::RequestContext context_;
    std::unique_ptr<storage::Unit> unit_;
    const std::shared_ptr<const flags::FlagSet> flags_ = some_flags();
    http::Request request_;
    http::Pairs none_;
    telemetry::Metrics metrics_;
    host::Peers peers_{[](std::string_view) { return nullptr; },
                       [](const base::Uuid&, std::string_view) { return false; }, metrics_};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: plugin_call FOLDER PLUGIN\n");
        return 2;
    }
    try {
        const auto worker = std::filesystem::canonical("/proc/self/exe").parent_path() / "mortise-worker";
        Bench bench(argv[1], argv[2], worker);
        const double core = bench.core_handler();
        const double in_process = bench.in_process();
        const double in_worker = bench.in_worker();
        std::printf("%.1f %.1f %.0f %.1f %.1f %.1f %.1f %.1f %.0f\n", core, in_process, in_worker,
                    bench.entitled(), bench.flag(true), bench.ruled_flag(true), bench.flag(false),
                    bench.ruled_flag(false), bench.asked_flag());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "plugin_call: %s\n", error.what());
        return 1;
    }
}
