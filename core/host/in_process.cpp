#include "core/host/in_process.hpp"

#include "core/host/call_watch.hpp"
#include "core/host/flag_watch.hpp"
#include "core/host/library.hpp"
#include "core/host/marshal.hpp"
#include "core/host/services.hpp"
#include "core/host/settings_schema.hpp"
#include "core/host/unit_backend.hpp"
#include "core/storage/judge.hpp"
#include "mortise/abi/plugin.h"

#include <fmt/format.h>

#include <algorithm>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

std::string sql_folder(storage::Engine engine, std::string_view kind) {
    return fmt::format("sql/{}/{}/", engine == storage::Engine::kSqlite ? "sqlite" : "postgresql", kind);
}

// Calls `each` with the name and the text of every file directly in a folder of the package.
template <class Each>
Status for_files(const Package& package, const std::string& folder, Each each) {
    const auto& files = package.files.by_path;
    for (auto file = files.lower_bound(folder); file != files.end() && file->first.starts_with(folder);
         ++file)
        MORTISE_TRY(each(file->first.substr(folder.size()), file->second));
    return {};
}

Error fault(const Manifest& manifest, std::string code, std::string_view what) {
    return {ErrorKind::kInvalid, std::move(code), fmt::format("plugin {}: {}", manifest.id, what)};
}

class InProcess final : public Plugin {
 public:
    InProcess(Manifest manifest, SettingsSchema settings_schema, Statements statements, ServiceParts parts,
              Library library, PluginTables tables)
        : manifest_(std::move(manifest)),
          settings_schema_(std::move(settings_schema)),
          statements_(std::move(statements)),
          parts_(std::move(parts)),
          judge_(manifest_, parts_.clock, parts_.log),
          services_(manifest_, parts_.clock,
                    [this](const PluginLogLine& line) { write_plugin_log(parts_.log, manifest_.id, line); }),
          library_(library),
          tables_(std::move(tables)),
          watch_(
              services_.calls(), parts_.clock, [this](const CallState& call) { give_up(call); },
              [this] { tell_exhausted(); }) {}

    ~InProcess() override {
        if (started_) library_.entry().stop(instance_);
    }
    InProcess(const InProcess&) = delete;
    InProcess& operator=(const InProcess&) = delete;

    Status start() {
        const mortise_status status = library_.entry().start(&services_.host(), &instance_);
        if (status != MORTISE_OK)
            return fault(manifest_, "plugin_start_failed", fmt::format("start answered {}", status));
        started_ = true;
        services_.end_start();
        return {};
    }

    const Manifest& manifest() const noexcept override { return manifest_; }
    const PluginTables& tables() const noexcept override { return tables_; }

    HostKind host() const noexcept override { return HostKind::kInProcess; }
    PluginState state() const override {
        return watch_.exhausted() ? PluginState::kQuarantined : PluginState::kRunning;
    }

    std::optional<WorkerCount> workers() const override { return {}; }

    Status check_settings(std::string_view settings) const override {
        return settings_schema_.check(settings);
    }

    Result<PluginResponse> call(const base::RequestContext& context, storage::Unit& unit,
                                const PluginRequest& request) override {
        if (watch_.exhausted()) return quarantined();
        const CallLink link{nullptr, manifest_.id, access_of(request.route), nullptr, request.given_up};
        UnitBackend backend(manifest_, statements_, parts_, context, unit, link, request.body);
        CallState state{context, link.access, backend, request.given_up};
        mortise_status status = MORTISE_E_INTERNAL;
        MORTISE_TRY(unit.as_plugin(manifest_.id, [&]() -> Status {
            const AbiRequest abi(context, request, request.body.size(), parts_.clock);
            status = enter(state, *abi.get().context, backend, [&](CallTable::Handle call) {
                return library_.entry().call(instance_, call, &abi.get());
            });
            return {};
        }));
        if (state.gate.closed()) return deadline_exceeded();
        return conclude(context, unit, state, status, backend);
    }

    Result<PluginResponse> serve(const base::RequestContext& context, storage::Unit& unit,
                                 const MethodRequest& request, Effects& effects) override {
        if (watch_.exhausted()) return quarantined();
        const CallLink link{&request.caller, manifest_.id, methods()[request.method].access, nullptr,
                            request.caller.given_up};
        UnitBackend backend(manifest_, statements_, parts_, context, unit, link, request.input);
        CallState state{context, link.access, backend, link.given_up, true};
        auto answer = run_method(unit, request, state, backend);
        backend.leave(answer, state.answer, effects);
        return answer;
    }

 private:
    Result<PluginResponse> run_method(storage::Unit& unit, const MethodRequest& request, CallState& state,
                                      UnitBackend& backend) {
        mortise_status status = MORTISE_E_INTERNAL;
        MORTISE_TRY(unit.as_plugin(manifest_.id, [&]() -> Status {
            const AbiMethodCall abi(state.context, request.method, request.caller.plugin,
                                    request.input.size(), parts_.clock);
            status = enter(state, *abi.get().context, backend, [&](CallTable::Handle call) {
                return library_.entry().serve(instance_, call, &abi.get());
            });
            return {};
        }));
        if (state.gate.closed()) return deadline_exceeded();
        return judge_.conclude_method(state.context, state.answer, status, backend.health());
    }

    // A function of its own: with one way out the answer is made where the caller wants it.
    Result<PluginResponse> conclude(const base::RequestContext& context, storage::Unit& unit,
                                    CallState& state, mortise_status status, UnitBackend& backend) {
        auto answer = judge_.conclude(context, unit, state.answer, status, backend.health());
        backend.keep_counts_of(answer);
        return answer;
    }

    template <class Function>
    mortise_status enter(CallState& state, const mortise_context& about, UnitBackend& backend,
                         Function function) {
        const CallTable::Place place(services_.calls(), state);
        if (place.handle() == 0) return MORTISE_E_BUSY;
        if (services_.watches_flags() && !tell_of_flags(state, place.handle(), about, backend))
            return MORTISE_E_BUSY;
        return function(place.handle());
    }

    bool tell_of_flags(const CallState& state, CallTable::Handle call, const mortise_context& about,
                       UnitBackend& backend) {
        const flags::FlagSet* set = backend.flags();
        return set == nullptr ||
               flag_watch_.tell(
                   *set, state.context, manifest_.flags, parts_.clock.now() / base::kMicrosPerSecond,
                   [&](std::size_t number) { services_.tell_of_flag(call, about, manifest_.flags[number]); });
    }

    // On the watch's thread.
    void give_up(const CallState& call) const noexcept {
        try {
            if (call.given_up != nullptr && *call.given_up) (*call.given_up)();
            judge_.report(call.context, "its call took too long; the thread that it holds is given up");
        } catch (...) {
            return;  // no memory to tell with
        }
    }

    void tell_exhausted() const noexcept {
        try {
            parts_.log.error("plugin quarantined",
                             {{"plugin", std::string_view(manifest_.id)},
                              {"stuck_calls", static_cast<std::int64_t>(CallWatch::kMostStuck)}});
        } catch (...) {
            return;
        }
    }

    static Error quarantined() {
        return {ErrorKind::kUnavailable,
                "plugin_unavailable",
                "The plugin has failed too often and was stopped; ask the operator.",
                {},
                {},
                60};
    }

    Manifest manifest_;
    SettingsSchema settings_schema_;
    Statements statements_;
    ServiceParts parts_;
    CallJudge judge_;
    Services services_;
    Library library_;
    const PluginTables tables_;
    void* instance_ = nullptr;
    bool started_ = false;
    FlagWatch flag_watch_;
    CallWatch watch_;  // last: it ends before what it looks at
};

}  // namespace

std::string_view to_string(HostKind host) noexcept {
    return host == HostKind::kWorker ? "worker" : "in-process";
}

std::string_view to_string(PluginState state) noexcept {
    return state == PluginState::kRunning      ? "running"
           : state == PluginState::kRestarting ? "restarting"
                                               : "quarantined";
}

Result<Statements> read_statements(const Package& package, storage::Engine engine) {
    Statements statements;
    const std::string folder = sql_folder(engine, "queries");
    MORTISE_TRY(for_files(package, folder, [&](const std::string& file, const std::string& text) -> Status {
        if (!file.ends_with(".sql"))
            return Error{ErrorKind::kInvalid, "statement_invalid",
                         fmt::format("{}{}: only <name>.sql files belong here", folder, file)};
        const std::string name = file.substr(0, file.size() - 4);
        MORTISE_TRY_ASSIGN(auto parsed,
                           storage::parse_statement_file(package.manifest.id + "." + name,
                                                         package.manifest.id + "/" + folder + file, text));
        statements.emplace(name, std::move(parsed));
        return {};
    }));
    return statements;
}

Result<storage::MigrationSet> package_migrations(const Package& package, storage::Engine engine) {
    storage::MigrationSet set{package.manifest.id, {}};
    MORTISE_TRY(for_files(package, sql_folder(engine, "migrations"),
                          [&](const std::string& file, const std::string& text) -> Status {
                              MORTISE_TRY_ASSIGN(auto step, storage::parse_migration(file, text));
                              set.steps.push_back(std::move(step));
                              return {};
                          }));
    return set;
}

Status check_abi(const Manifest& manifest) {
    if (manifest.abi_major == MORTISE_ABI_MAJOR) return {};
    return fault(manifest, "plugin_abi_mismatch",
                 fmt::format("it needs ABI {}.{}; this host has {}.{}", manifest.abi_major,
                             manifest.abi_minor, MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR));
}

Status check_sql(const Package& package, storage::Engine engine) {
    MORTISE_TRY_ASSIGN(auto migrations, package_migrations(package, engine));
    MORTISE_TRY_ASSIGN(const auto statements, read_statements(package, engine));
    storage::JudgedPackage judged{package.manifest.id, engine, std::move(migrations.steps), {}};
    for (const auto& [name, statement] : statements)
        judged.add(*statement);
    return storage::judge(judged);
}

Result<std::unique_ptr<Plugin>> load_in_process(Package package, storage::Engine engine, ServiceParts parts) {
    const Manifest& manifest = package.manifest;
    MORTISE_TRY(check_abi(manifest));
    MORTISE_TRY_ASSIGN(Statements statements, read_statements(package, engine));
    MORTISE_TRY_ASSIGN(SettingsSchema schema, SettingsSchema::parse(manifest.settings_schema, manifest.id));
    MORTISE_TRY_ASSIGN(Library library, Library::load(package.library(), manifest.id));
    MORTISE_TRY_ASSIGN(PluginTables tables, copy_tables(library.entry(), manifest));
    auto plugin = std::make_unique<InProcess>(manifest, std::move(schema), std::move(statements),
                                              std::move(parts), library, std::move(tables));
    MORTISE_TRY(plugin->start());
    return std::unique_ptr<Plugin>(std::move(plugin));
}

}  // namespace mortise::host
