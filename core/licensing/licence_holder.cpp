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

// Each begun day counts.
std::int64_t days_until(Seconds end, Seconds now) noexcept {
    return std::max<Seconds>(0, (end - now + kDay - 1) / kDay);
}

// The plugins that end soon by their own grants, before the licence does.
std::vector<Snapshot::EndingPlugin> ending_plugins(const Licence& licence,
                                                   const licenses::Entitlements& allowed, Seconds now) {
    std::vector<Snapshot::EndingPlugin> out;
    for (const auto& [id, grant] : licence.plugins) {
        const auto found = allowed.plugins.find(id);
        if (!grant.not_after || found == allowed.plugins.end() || found->second.ends_at != grant.not_after)
            continue;
        if (allowed.ends_at && *grant.not_after >= *allowed.ends_at) continue;
        const std::int64_t days = days_until(*grant.not_after, now);
        if (days <= kWarnDays) out.push_back({id, *grant.not_after * kMicrosPerSecond, days});
    }
    return out;
}

std::string warning_of(const Snapshot& snapshot) {
    const auto until = [](const std::optional<base::Micros>& time) {
        return time ? "; until=" + licenses::format_time(*time / kMicrosPerSecond) : std::string();
    };
    const std::string_view reason = licenses::to_string(snapshot.reason);
    if (snapshot.state == State::kGrace)
        return fmt::format("grace; reason={}{}", reason, until(snapshot.grace_until));
    if (snapshot.state == State::kLimited) return fmt::format("limited; reason={}", reason);
    std::string out;
    if (snapshot.state == State::kValid && snapshot.days_left && *snapshot.days_left <= kWarnDays)
        out = fmt::format("expiring; days_left={}{}", *snapshot.days_left, until(snapshot.not_after));
    constexpr std::size_t kMostNamed = 8;  // a header is no list
    for (const auto& [plugin, ends, days] :
         std::span(snapshot.ending_plugins).first(std::min(kMostNamed, snapshot.ending_plugins.size())))
        out += fmt::format("{}expiring; plugin={}; days_left={}{}", out.empty() ? "" : ", ", plugin, days,
                           until(ends));
    return out;
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

// The next that begins.
std::optional<Snapshot::Upcoming> upcoming_of(const Documents& documents, Seconds now) {
    const Licence* next = nullptr;
    for (const auto& held : documents.licences)
        if (held.licence.not_before > now && (next == nullptr || held.licence.not_before < next->not_before))
            next = &held.licence;
    if (next == nullptr) return std::nullopt;
    return Snapshot::Upcoming{next->id, next->not_before * kMicrosPerSecond};
}

// The activation of a licence's line; null if there is none.
const licenses::Activation* activation_for(const Licence& licence, const Documents& documents) {
    for (const auto& held : documents.activations)
        if (held.activation.licence_id == licence.line_id() && held.activation.issuer == licence.issuer)
            return &held.activation;
    return nullptr;
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

bool same_content(const Documents& a, const Documents& b) noexcept {
    const auto keyset_of = [](const Documents& one) { return one.keyset ? one.keyset->sequence : 0; };
    const auto list_of = [](const Documents& one) {
        return one.revocations ? one.revocations->sequence() : 0;
    };
    const auto same_token = [](const auto& x, const auto& y) { return x.token == y.token; };
    const auto same = [&](const auto& x, const auto& y) {
        return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_token);
    };
    return a.rotations == b.rotations && keyset_of(a) == keyset_of(b) && list_of(a) == list_of(b) &&
           same(a.activations, b.activations) && same(a.licences, b.licences);
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

licenses::Entitlements LicenceHolder::evaluate(const HeldLicence& held, const Documents& documents,
                                               std::span<const licenses::InstalledPlugin> plugins,
                                               Seconds now) const {
    licenses::Situation here;
    here.now = now;
    here.keyset = documents.keyset ? &*documents.keyset : nullptr;
    here.revocations = documents.revocations.get();
    here.activation = activation_for(held.licence, documents);
    here.machine = &machine_;
    here.released_at = released_at();
    here.plugins = plugins;
    return licenses::evaluate(held.licence, held.signed_by, here);
}

licenses::Reason LicenceHolder::reason_against(const HeldLicence& licence, const Documents& documents,
                                               Seconds now) const {
    HeldLicence begun = licence;  // as if: what has not begun is not judged otherwise
    begun.licence.not_before = std::min(begun.licence.not_before, now);
    const std::lock_guard lock(mutex_);
    return evaluate(begun, documents, plugins_, now).reason;
}

Snapshot LicenceHolder::make_snapshot(const Documents& documents,
                                      std::span<const licenses::InstalledPlugin> plugins) const {
    const Seconds now = time_.now() / kMicrosPerSecond;
    const auto index = in_force(documents.licences, documents.keyset, now);
    if (!index) {
        Snapshot none = unlicensed();
        none.upcoming = upcoming_of(documents, now);
        return none;
    }
    const Licence& licence = documents.licences[*index].licence;
    const licenses::Entitlements allowed = evaluate(documents.licences[*index], documents, plugins, now);
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
    if (allowed.ends_at) out.days_left = days_until(*allowed.ends_at, now);
    out.plugins = allowed.plugins;
    out.features = licence.features;
    out.limits = licence.limits;
    out.term_begins = licence.not_before * kMicrosPerSecond;
    out.upcoming = upcoming_of(documents, now);
    out.ending_plugins = ending_plugins(licence, allowed, now);
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
