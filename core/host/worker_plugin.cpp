#include "core/host/worker_plugin.hpp"

#include "core/host/call_answer.hpp"
#include "core/host/elf.hpp"
#include "core/host/in_process.hpp"
#include "core/host/settings_schema.hpp"
#include "core/host/worker_exchange.hpp"

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

class WorkerPlugin final : public Plugin {
 public:
    WorkerPlugin(Manifest manifest, SettingsSchema settings_schema, Statements statements, ServiceParts parts,
                 std::unique_ptr<WorkerPool> pool)
        : manifest_(std::move(manifest)),
          settings_schema_(std::move(settings_schema)),
          statements_(std::move(statements)),
          parts_(std::move(parts)),
          judge_(manifest_, parts_.clock, parts_.log),
          pool_(std::move(pool)) {}

    const Manifest& manifest() const noexcept override { return manifest_; }
    const PluginTables& tables() const noexcept override { return pool_->tables(); }
    HostKind host() const noexcept override { return HostKind::kWorker; }
    PluginState state() const override { return pool_->state(); }

    std::optional<WorkerCount> workers() const override { return pool_->count(); }

    Status check_settings(std::string_view settings) const override {
        return settings_schema_.check(settings);
    }

    Result<PluginResponse> call(const base::RequestContext& context, storage::Unit& unit,
                                const PluginRequest& request) override {
        MORTISE_TRY_ASSIGN(WorkerPool::Lease lease, take([&] { return pool_->take(context.deadline); }));
        const CallLink link{nullptr, manifest_.id, access_of(request.route), pool_.get(), request.given_up};
        UnitBackend backend(manifest_, statements_, parts_, context, unit, link, rest_of(request.body));
        WorkerExchange exchange(lease.channel(), backend, manifest_, link.access, context.deadline,
                                parts_.clock);
        MORTISE_TRY(run(context, unit, lease, backend, exchange, request));
        auto answer = judge_.conclude(context, unit, exchange.answer(), exchange.status(), backend.health());
        backend.keep_counts_of(answer);
        return answer;
    }

    Result<PluginResponse> serve(const base::RequestContext& context, storage::Unit& unit,
                                 const MethodRequest& request, Effects& effects) override {
        MORTISE_TRY_ASSIGN(WorkerPool::Lease lease, take([&] {
                               return pool_->take(context.deadline, parts_.peers.waits(), held(request));
                           }));
        const CallLink link{&request.caller, manifest_.id, methods()[request.method].access, pool_.get(),
                            request.caller.given_up};
        UnitBackend backend(manifest_, statements_, parts_, context, unit, link, rest_of(request.input));
        WorkerExchange exchange(lease.channel(), backend, manifest_, link.access, context.deadline,
                                parts_.clock);
        const auto answer = [&]() -> Result<PluginResponse> {
            MORTISE_TRY(run(context, unit, lease, backend, exchange, request));
            return judge_.conclude_method(context, exchange.answer(), exchange.status(), backend.health());
        };
        auto result = answer();
        backend.leave(result, exchange.answer(), effects);
        return result;
    }

 private:
    // The first piece of a body goes with the call.
    static std::string_view rest_of(std::string_view body) noexcept {
        return body.substr(std::min(kPieceBytes, body.size()));
    }

    static std::vector<const WorkerPool*> held(const MethodRequest& request) {
        std::vector<const WorkerPool*> pools;
        for (const CallLink* link = &request.caller; link != nullptr; link = link->caller)
            if (link->pool != nullptr) pools.push_back(link->pool);
        return pools;
    }

    // A worker that has spoken since its last answer is ended: what it said would be taken for the next.
    template <class Take>
    static Result<WorkerPool::Lease> take(Take from_pool) {
        while (true) {
            MORTISE_TRY_ASSIGN(WorkerPool::Lease lease, from_pool());
            if (lease.channel().quiet()) return lease;
            lease.set_healthy(false);
        }
    }

    template <class Request>
    Status run(const base::RequestContext& context, storage::Unit& unit, WorkerPool::Lease& lease,
               UnitBackend& backend, WorkerExchange& exchange, const Request& request) {
        ChannelState state = ChannelState::kGood;
        const Status ran = unit.as_plugin(manifest_.id, [&]() -> Status {
            lease.set_healthy(false);  // also if something is thrown
            if (const flags::FlagSet* set = backend.flags())
                lease.flags().show(lease.channel(), *set, context, manifest_.flags,
                                   parts_.clock.now() / base::kMicrosPerSecond);
            state = exchange.run(context, request);
            lease.set_healthy(state == ChannelState::kGood);
            return {};
        });
        if (state != ChannelState::kGood) return failure(context, state);
        return ran;
    }

    Error failure(const base::RequestContext& context, ChannelState state) const {
        if (state == ChannelState::kDeadline) {
            judge_.report(context, "its call took too long; the worker is killed");
            return deadline_exceeded();
        }
        judge_.report(context, state == ChannelState::kClosed
                                   ? "its worker died in the call"
                                   : "its worker sent what it may not; it is killed");
        Error error = pool_->unavailable();
        error.detail = "The plugin stopped while it worked on the request; nothing was changed. Try again.";
        return error;
    }

    const Manifest manifest_;
    const SettingsSchema settings_schema_;
    const Statements statements_;
    const ServiceParts parts_;
    CallJudge judge_;
    std::unique_ptr<WorkerPool> pool_;
};

}  // namespace

Result<std::unique_ptr<Plugin>> load_in_workers(Package package, storage::Engine engine, ServiceParts parts,
                                                WorkerSettings settings) {
    const Manifest& manifest = package.manifest;
    MORTISE_TRY(check_abi(manifest));
    MORTISE_TRY(check_elf(package.library(), manifest.id));
    MORTISE_TRY_ASSIGN(Statements statements, read_statements(package, engine));
    MORTISE_TRY_ASSIGN(SettingsSchema schema, SettingsSchema::parse(manifest.settings_schema, manifest.id));
    MORTISE_TRY_ASSIGN(auto pool,
                       WorkerPool::start(manifest, package.files.by_path.at(std::string(kManifestFile)),
                                         package.library(), std::move(settings), parts.clock, parts.log));
    return std::unique_ptr<Plugin>(std::make_unique<WorkerPlugin>(
        manifest, std::move(schema), std::move(statements), std::move(parts), std::move(pool)));
}

}  // namespace mortise::host
