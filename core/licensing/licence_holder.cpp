#include "core/licensing/licence_holder.hpp"

#include "licenses/document/paserk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace mortise::licensing {
namespace {

using base::kMicrosPerSecond;
using licenses::Licence;
using licenses::Seconds;
using licenses::Validity;

constexpr Seconds kDay = 86400;
constexpr std::int64_t kWarnDays = 30;

// What a server without licence allows, enough to try it.
constexpr std::uint64_t kUnlicensedTenants = 1;
constexpr std::uint64_t kUnlicensedUsers = 5;

State state_of(Validity validity) noexcept {
    switch (validity) {
        case Validity::kValid:
            return State::kValid;
        case Validity::kGrace:
            return State::kGrace;
        case Validity::kLimited:
            return State::kLimited;
        case Validity::kNotYetValid:
            return State::kUnlicensed;
    }
    return State::kUnlicensed;
}

Snapshot unlicensed() {
    Snapshot out;
    out.limits = {{"tenants", kUnlicensedTenants}, {"users", kUnlicensedUsers}};
    return out;
}

std::optional<base::Micros> micros(const std::optional<Seconds>& time) {
    return time ? std::optional(*time * kMicrosPerSecond) : std::nullopt;
}

std::string warning_of(const Snapshot& snapshot) {
    const auto until = [](const std::optional<base::Micros>& time) {
        return time ? "; until=" + licenses::format_time(*time / kMicrosPerSecond) : std::string();
    };
    const std::string_view reason = licenses::to_string(snapshot.reason);
    if (snapshot.state == State::kGrace)
        return fmt::format("grace; reason={}{}", reason, until(snapshot.grace_until));
    if (snapshot.state == State::kLimited) return fmt::format("limited; reason={}", reason);
    if (snapshot.state == State::kValid && snapshot.days_left && *snapshot.days_left <= kWarnDays)
        return fmt::format("expiring; days_left={}{}", *snapshot.days_left, until(snapshot.not_after));
    return {};
}

std::vector<licenses::PublicKey> parse_roots(std::span<const std::string_view> roots) {
    std::vector<licenses::PublicKey> out;
    for (const std::string_view root : roots) {
        const auto key = licenses::public_key_from_paserk(root);
        if (!key.ok()) throw std::invalid_argument("a licence root is no k4.public key");
        out.push_back(*key);
    }
    return out;
}

std::vector<const Licence*> licences_of(const Documents& documents) {
    std::vector<const Licence*> licences;
    for (const auto& held : documents.licences)
        licences.push_back(&held.licence);
    return licences;
}

std::optional<std::size_t> in_force(const Documents& documents, Seconds now) {
    return licenses::licence_in_force(licences_of(documents), now);
}

std::optional<Snapshot::Upcoming> upcoming_of(const Documents& documents, Seconds now) {
    std::optional<Snapshot::Upcoming> next;
    for (const auto& [licence, signed_by] : documents.licences)
        if (licence.not_before > now)
            next = Snapshot::Upcoming{licence.id, licence.not_before * kMicrosPerSecond};
    return next;
}

std::optional<Seconds> released_at() {
    return licenses::parse_time(std::string(release_date()) + "T00:00:00Z");
}

// The first day of the period of a meter that `now` is in.
tenancy::Day period_begin(licenses::Period per, base::Micros now, base::Micros term_begins) {
    using namespace std::chrono;
    const tenancy::Day today = tenancy::day_of(now);
    const year_month_day date{sys_days{days{today}}};
    switch (per) {
        case licenses::Period::kTerm:
            return tenancy::day_of(term_begins);
        case licenses::Period::kDay:
            return today;
        case licenses::Period::kMonth:
            return static_cast<tenancy::Day>(
                sys_days{date.year() / date.month() / 1}.time_since_epoch().count());
        case licenses::Period::kYear:
            return static_cast<tenancy::Day>(sys_days{date.year() / 1 / 1}.time_since_epoch().count());
    }
    return today;
}

}  // namespace

bool replaces(const Licence& next, const Licence& before) noexcept {
    return next.issuer == before.issuer && next.subject == before.subject && next.sequence > before.sequence;
}

LicenceHolder::LicenceHolder(TimeKeeper& time, std::span<const std::string_view> roots)
    : time_(time), roots_(parse_roots(roots)), snapshot_(unlicensed()) {}

void LicenceHolder::hold(Documents documents) {
    const std::lock_guard lock(mutex_);
    documents_.replace(std::make_shared<const Documents>(std::move(documents)));
    publish();
}

void LicenceHolder::set_machine(licenses::MachineIds machine) {
    const std::lock_guard lock(mutex_);
    machine_ = std::move(machine);
    publish();
}

void LicenceHolder::set_plugins(std::vector<licenses::InstalledPlugin> plugins) {
    const std::lock_guard lock(mutex_);
    plugins_ = std::move(plugins);
    publish();
}

void LicenceHolder::set_placed(bool placed) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(placed_, placed) != placed) publish();
}

licenses::Situation LicenceHolder::situation(const Documents& documents, Seconds now) const {
    licenses::Situation out;
    out.now = now;
    out.keyset = documents.keyset ? &*documents.keyset : nullptr;
    out.revocations = documents.revocations.get();
    out.activation = documents.activation ? &*documents.activation : nullptr;
    out.machine = &machine_;
    out.released_at = released_at();
    out.plugins = plugins_;
    return out;
}

std::optional<licenses::Entitlements> LicenceHolder::would_allow(const Documents& documents,
                                                                 Seconds now) const {
    const std::lock_guard lock(mutex_);
    const auto index = in_force(documents, now);
    if (!index) return std::nullopt;
    const auto& [licence, signed_by] = documents.licences[*index];
    return licenses::evaluate(licence, signed_by, situation(documents, now));
}

Snapshot LicenceHolder::make_snapshot(const Documents& documents,
                                      std::span<const licenses::InstalledPlugin> plugins) const {
    licenses::Situation here = situation(documents, time_.now() / kMicrosPerSecond);
    here.plugins = plugins;
    const auto index = in_force(documents, here.now);
    if (!index) {
        Snapshot none = unlicensed();
        none.upcoming = upcoming_of(documents, here.now);
        return none;
    }
    const auto& [licence, signed_by] = documents.licences[*index];
    const licenses::Entitlements allowed = licenses::evaluate(licence, signed_by, here);
    Snapshot out;
    out.state = state_of(allowed.validity);
    out.reason = allowed.reason;
    if (!placed_ && (out.state == State::kValid || out.state == State::kGrace)) {
        out.state = State::kLimited;
        out.reason = licenses::Reason::kNoPlace;
    }
    out.licence_id = licence.id;
    out.line_id = licence.line_id();
    out.issuer = licence.issuer;
    out.subject = licence.subject;
    out.plan = licence.plan;
    out.model = licenses::to_string(licence.model);
    out.sequence = licence.sequence;
    out.not_after = micros(allowed.ends_at);
    out.grace_until = micros(allowed.grace_until);
    out.maintained_until = micros(licence.maintained_until);
    if (allowed.ends_at)
        out.days_left = std::max<Seconds>(0, (*allowed.ends_at - here.now + kDay - 1) / kDay);
    out.plugins = allowed.plugins;
    out.features = licence.features;
    out.limits = licence.limits;
    out.term_begins = licence.not_before * kMicrosPerSecond;
    out.upcoming = upcoming_of(documents, here.now);
    out.warning = warning_of(out);
    return out;
}

base::Status LicenceHolder::check_plugin(const licenses::InstalledPlugin& plugin) const {
    Snapshot allowed;
    {
        const std::lock_guard lock(mutex_);
        allowed = make_snapshot(*documents_.read(), {&plugin, 1});
    }
    return allowed.entitled_plugin(plugin.id);
}

void LicenceHolder::publish() {
    snapshot_.replace(std::make_shared<const Snapshot>(make_snapshot(*documents_.read(), plugins_)));
}

bool LicenceHolder::evaluate() {
    const std::lock_guard lock(mutex_);
    const auto before = snapshot_.read();
    publish();
    const auto after = snapshot_.read();
    return after->state != before->state || after->reason != before->reason ||
           after->licence_id != before->licence_id;
}

std::optional<tenancy::LimitRule> LicenceHolder::limit(std::string_view name, std::string_view tenant) const {
    const auto held = snapshot();
    const licenses::Limit* limit = held->limit(name);
    if (limit == nullptr) return std::nullopt;
    tenancy::LimitRule rule{.total = limit->max,
                            .of_tenant = std::nullopt,
                            .soft = limit->overage == licenses::Overage::kSoft,
                            .period = std::string(licenses::to_string(limit->per)),
                            .since = period_begin(limit->per, time_.now(), held->term_begins)};
    if (!tenant.empty() && (limit->per_tenant || limit->tenants.contains(tenant)))
        rule.of_tenant = limit->of_tenant(tenant);
    return rule;
}

}  // namespace mortise::licensing
