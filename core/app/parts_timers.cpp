// What is done now and then while the server serves.
#include "core/app/parts.hpp"
#include "core/events/idempotency.hpp"
#include "core/tenancy/core_unit.hpp"

#include <algorithm>

namespace mortise::app {
namespace {

constexpr std::chrono::seconds kCertificateInterval(2);
constexpr std::chrono::seconds kUnfinishedInterval(5);
constexpr tenancy::Day kFlagUsageDays = 401;                         // what `days` may ask for, and today
constexpr base::Micros kUnfinishedAge = 5 * base::kMicrosPerSecond;  // what is younger may be under way

}  // namespace

using base::Status;

Status Application::Parts::flush_last_used() {
    return tenancy::run_core(*database, clock, storage::Access::kWrite,
                             [&](storage::Unit& unit) { return credentials.flush_last_used(unit); });
}

// Creations and deletions that failed half-way, such as on a full disk.
Status Application::Parts::take_up_unfinished() {
    const base::Micros until = clock.now() - kUnfinishedAge;
    const auto map = directory.read();
    const auto unfinished = [until](const tenancy::Tenant& tenant) {
        return tenant.state_changed_at < until && (tenant.state == tenancy::TenantState::kCreating ||
                                                   tenant.state == tenancy::TenantState::kDeleting);
    };
    if (std::none_of(map->all().begin(), map->all().end(), unfinished)) return {};
    return tenants.resume_unfinished(until);
}

void Application::Parts::reload_certificate() {
    if (options.settings.http.tls_certificate.empty()) return;
    const Status done = server->reload_certificate();
    if (done.ok())
        log.info("certificate read", {{"file", std::string_view(options.settings.http.tls_certificate)}});
    else
        log.error("the certificate can't be used; the one in use stays",
                  {{"reason", std::string_view(done.error().detail)}});
}

void Application::Parts::begin_licence_timers() {
    timer->every(std::chrono::seconds(1), "licence", [this]() -> Status {
        if (licensing.tick()) {
            const auto licence = licensing.holder().snapshot();
            log.warn("the licence's state has changed", {{"state", licensing::to_string(licence->state)},
                                                         {"reason", licenses::to_string(licence->reason)}});
        }
        return {};
    });
    timer->every(std::chrono::milliseconds(500), "licence files", [this]() -> Status {
        licence_drop.take([this](std::string_view text) { return install_licence(text); });
        return {};
    });
    // Beside the timer: a plugin that hangs while it is loaded holds up no heartbeat.
    housekeeper->every(std::chrono::milliseconds(500), "what the licence lets run", [this]() -> Status {
        const auto held = licensing.holder().documents();
        const auto before = followed.read();
        if (held == before) return {};
        if (before == nullptr || !licensing::same_content(*held, *before)) return follow_licence();
        followed.replace(held);
        return {};
    });
    timer->every(licensing::Nodes::kBeat, "heartbeat", [this] { return licensing.beat(); });
    timer->every(std::chrono::seconds(10), "meters", [this] { return meters.flush(false); });
    timer->every(std::chrono::seconds(60), "licence time", [this] { return licensing.keep_time(); });
    timer->every(std::chrono::seconds(60), "licence warnings", [this] { return licensing.warn(); });
}

void Application::Parts::begin_flag_timers() {
    timer->every(std::chrono::seconds(1), "scheduled flag changes", [this]() -> Status {
        MORTISE_TRY_ASSIGN(const auto applied, flag_change_requests.apply_due(*database));
        return applied == 0 ? Status() : snapshots.refresh();
    });
    housekeeper->every(std::chrono::seconds(10), "flag usage", [this] { return flag_usage.flush(); });
    housekeeper->every(std::chrono::hours(1), "old flag usage", [this] {
        return tenancy::run_core(*database, clock, storage::Access::kWrite, [&](storage::Unit& unit) {
            return flags::repository::remove_flag_usage_before(unit,
                                                               tenancy::day_of(clock.now()) - kFlagUsageDays);
        });
    });
}

void Application::Parts::begin_timers() {
    timer = std::make_unique<Timer>(log);
    timer->every(kCertificateInterval, "certificate", [this] {
        if (server->certificate_changed()) reload_certificate();
        return Status();
    });
    // What other nodes, and programs beside this one, have written. Other nodes tell at once, as a rule; a
    // failure is the timer's to log, which tries again.
    listener = database->listen([this] { (void)snapshots.refresh(); });
    timer->every(std::chrono::milliseconds(500), "refresh", [this] { return snapshots.refresh(); });
    timer->every(std::chrono::milliseconds(200), "moments of flags", [this]() -> Status {
        flag_streams.tick();
        return {};
    });
    housekeeper = std::make_unique<Timer>(log);
    begin_licence_timers();
    begin_flag_timers();
    housekeeper->every(kUnfinishedInterval, "unfinished tenants", [this] { return take_up_unfinished(); });
    timer->every(std::chrono::seconds(60), "last used", [this] { return flush_last_used(); });
    timer->every(std::chrono::hours(1), "purge", [this]() -> Status {
        MORTISE_TRY(sessions.purge());
        return tenancy::run_core(*database, clock, storage::Access::kWrite, [&](storage::Unit& unit) {
            return events::IdempotencyStore(clock).purge(unit);
        });
    });
}

// What was gathered in memory. Nothing of it is lost for good if it can't be kept.
void Application::Parts::keep_at_end() {
    const auto keep = [&](std::string_view what, const Status& kept) {
        if (!kept.ok())
            log.warn("something is not kept",
                     {{"what", what}, {"reason", std::string_view(kept.error().log_text)}});
    };
    keep("the last use of API keys", flush_last_used());
    keep("the usage of flags", flag_usage.flush());
    keep("blocks of meters", meters.flush(true));
    keep("the mark of time", licensing.keep_time());
    keep("the place of the node", licensing.leave());
}

}  // namespace mortise::app
