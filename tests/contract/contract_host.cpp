#include "tests/contract/contract_host.hpp"

#include "core/base/file.hpp"
#include "core/flags/flag_set_builder.hpp"
#include "core/flags/set_definition.hpp"
#include "core/host/in_process.hpp"
#include "core/host/package.hpp"
#include "core/host/worker_plugin.hpp"

#include <fcntl.h>

#include <stdexcept>

namespace mortise::contract {
namespace {

template <class T>
T need(base::Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.error().code + ": " + result.error().detail);
    return std::move(result).value();
}

void need(const base::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.error().code + ": " + status.error().log_text);
}

}  // namespace

std::filesystem::path package_folder(std::string_view name) {
    return std::filesystem::path(MORTISE_CONTRACT_PACKAGES) / name;
}

KeptLog::KeptLog(const base::Clock& clock)
    : file_(::open((folder_.path() / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)),
      log_(std::make_unique<telemetry::Log>(file_.get(), telemetry::Level::kDebug, false, clock)) {}

std::string KeptLog::text() const {
    log_->flush();
    return base::read_file(folder_.path() / "log", 1UL << 30).value();
}

void KeptFlags::put(const base::Uuid& tenant, const std::string& key, std::string definition) {
    if (definition.empty())
        definitions_.erase({tenant, key});
    else
        definitions_[{tenant, key}] = std::move(definition);
    publish();
}

void KeptFlags::share(const base::Uuid& tenant, std::string set) {
    shared_[tenant] = std::move(set);
    publish();
}

void KeptFlags::override(const base::Uuid& tenant, const std::string& key, const std::string& user,
                         const std::string& variant) {
    if (variant.empty())
        overrides_.erase({tenant, key, user});
    else
        overrides_[{tenant, key, user}] = variant;
    publish();
}

void KeptFlags::override_plan(const std::string& plan, const std::string& key, const std::string& variant) {
    if (variant.empty())
        plans_.erase({plan, key});
    else
        plans_[{plan, key}] = variant;
    publish();
}

void KeptFlags::publish() {
    flags::FlagSetBuilder builder;
    for (const auto& [owner, definition] : definitions_) {
        const auto shared = shared_.find(owner.first);
        flags::RuleSet rules;
        if (shared != shared_.end()) rules = need(flags::parse_set(shared->second)).rules;
        const auto parsed = need(flags::parse_definition(definition, rules, flags::Strictness::kFlagd));
        builder.add_flag(owner.first, std::make_shared<const flags::CompiledFlag>(
                                          owner.second, parsed, parsed.metadata,
                                          flags::SetText{flags::write_rules(rules)}));
    }
    for (const auto& [whose, variant] : overrides_)
        builder.add_override(std::get<0>(whose), std::get<1>(whose), std::get<2>(whose), variant);
    for (const auto& [whose, variant] : plans_)
        builder.add_plan_override(whose.first, whose.second, variant);
    set_.replace(std::make_shared<const flags::FlagSet>(builder.build()));
}

void CountedFlags::add(const base::RequestContext& context, const flags::FlagSet& set,
                       std::span<const flags::FlagCount> counts) {
    const std::lock_guard lock(mutex_);
    auto& of_tenant = counts_[{context.tenant, context.environment}];
    for (const auto& one : counts) {
        EXPECT_NE(set.find(context.tenant, one.key), nullptr) << one.key;
        of_tenant[std::string(one.key) + " " + std::string(one.variant)] += one.count;
    }
}

std::string CountedFlags::take(const base::Uuid& tenant, const std::string& environment) {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& [answer, count] : std::exchange(counts_[{tenant, environment}], {}))
        all += answer + " " + std::to_string(count) + ", ";
    return all;
}

host::WorkerSettings workers_of(std::size_t count) {
    host::WorkerSettings settings;
    settings.program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "mortise-worker";
    settings.count = count;
    settings.start_timeout = std::chrono::milliseconds(60000);
    return settings;
}

ContractHost::ContractHost(HostKind kind, std::string_view name, host::WorkerSettings workers)
    : log_(database_.clock()),
      tenant_(),
      peers_(
          [this](std::string_view id) {
              const auto found = plugins_.find(id);
              return found == plugins_.end() ? nullptr : found->second;
          },
          [this](const base::Uuid&, std::string_view id) {
              const std::lock_guard lock(mutex_);
              return disabled_.find(id) == disabled_.end();
          },
          metrics_),
      plugin_(load(kind, name, std::move(workers))) {
    tenant_ = database_.make_tenant();
}

void ContractHost::add(HostKind kind, std::string_view package, host::WorkerSettings workers) {
    load(kind, package, std::move(workers));
}

void ContractHost::enable(const std::string& id, bool enabled) {
    const std::lock_guard lock(mutex_);
    if (enabled)
        disabled_.erase(id);
    else
        disabled_.insert(id);
}

std::shared_ptr<host::Plugin> ContractHost::load(HostKind kind, std::string_view name,
                                                 host::WorkerSettings workers) {
    auto package = need(host::open_package(package_folder(name), {}, true));
    const auto engine = database_->engine();
    need(host::check_sql(package, engine));
    need(database_->migrate_tenants(need(host::package_migrations(package, engine))));
    if (workers.program.empty()) workers = workers_of(1);
    std::shared_ptr<host::Plugin> plugin =
        need(kind == HostKind::kWorker
                 ? host::load_in_workers(std::move(package), engine, parts(), std::move(workers))
                 : host::load_in_process(std::move(package), engine, parts()));
    plugins_[plugin->manifest().id] = plugin;
    return plugin;
}

ContractHost::~ContractHost() {
    plugins_.clear();
    plugin_.reset();
    const std::string log = log_.text();
    const auto at = log.find("Sanitizer");
    EXPECT_EQ(at, std::string::npos) << log.substr(at == std::string::npos ? 0 : log.rfind('\n', at) + 1,
                                                   3000);
}

host::ServiceParts ContractHost::parts() {
    return {database_.clock(),
            log_.log(),
            [this](const base::Uuid& tenant, std::string_view) {
                const std::lock_guard lock(mutex_);
                const auto found = settings_.find(tenant);
                return found == settings_.end() ? std::string("{}") : found->second;
            },
            licence_.desk(),
            [this](const base::RequestContext&) { return flags_.read(); },
            [this](const base::RequestContext& context, const std::shared_ptr<const flags::FlagSet>& set,
                   std::span<const flags::FlagCount> counts) { counted_flags_.add(context, *set, counts); },
            peers_};
}

void ContractHost::set_settings(const base::Uuid& tenant, std::string json) {
    const std::lock_guard lock(mutex_);
    settings_[tenant] = std::move(json);
}

base::RequestContext ContractHost::context() const {
    base::RequestContext context;
    context.request_id = base::new_uuid(database_.clock());
    context.correlation = context.request_id;
    context.tenant = tenant_;
    context.tenant_slug = "first";
    context.plan = "standard";
    context.principal = {base::PrincipalKind::kUser, base::new_uuid(database_.clock()), "somebody"};
    context.actor = context.principal;
    context.scopes = "contract:use";
    context.deadline = test::in(std::chrono::minutes(2));  // slow with sanitizers
    return context;
}

Ask ContractHost::reading(std::string_view script) const {
    return {.route = 0, .context = context(), .query = {{"do", std::string(script)}}};
}

Ask ContractHost::writing(std::string_view script) const {
    return {.route = 1, .context = context(), .query = {{"do", std::string(script)}}};
}

Told ContractHost::call(host::Plugin& plugin, const Ask& ask) {
    const auto& routes = plugin.routes();
    const bool reads_first = ask.route < routes.size() && routes[ask.route].reads_first;
    if (!reads_first) return call(plugin, ask, plugin.access_of(ask.route));
    Told told = call(plugin, ask, storage::Access::kRead);
    if (told.error.code == host::kNeedsWriter) {
        told = call(plugin, ask, storage::Access::kWrite);
        told.twice = true;
    }
    return told;
}

Told ContractHost::call(host::Plugin& plugin, const Ask& ask, storage::Access access) {
    const auto failed = [](base::Error error) { return Told{.outcome = "!" + error.code, .error = error}; };
    auto unit = database_->begin_tenant(ask.context.tenant, access, ask.context.deadline);
    if (!unit.ok()) return failed(std::move(unit).error());
    const host::PluginRequest request{ask.route,    &ask.path, &ask.query,
                                      &ask.headers, ask.body,  &ask.given_up};
    auto answer = plugin.call(ask.context, **unit, request);
    if (!answer.ok()) return failed(std::move(answer).error());
    Told told{.outcome = answer->problem ? answer->problem->code : "ok", .response = std::move(*answer)};
    if (told.response.problem || told.response.status >= 400 || access == storage::Access::kRead) return told;
    if (const auto committed = (*unit)->commit(); !committed.ok()) return failed(committed.error());
    told.committed = true;
    return told;
}

std::vector<events::StoredEvent> ContractHost::events(const base::Uuid& tenant) {
    auto unit = need(database_->begin_tenant(tenant, storage::Access::kRead, test::soon()));
    return need(events::Outbox(database_.clock()).read(*unit, 0, 1000));
}

std::string shown(std::string_view data) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : data)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return std::to_string(data.size()) + "#" + std::to_string(hash % 1000000);
}

}  // namespace mortise::contract
