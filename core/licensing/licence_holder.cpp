#include "core/licensing/licence_holder.hpp"

#include "licenses/document/bundle.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/verify.hpp"

#include <mutex>
#include <stdexcept>

namespace mortise::licensing {
namespace {

using licenses::RefusalCode;
using licenses::Validity;

using base::kMicrosPerSecond;
constexpr licenses::Seconds kDay = 86400;

// What a server without licence allows, enough to try it.
constexpr std::uint64_t kUnlicensedTenants = 1;
constexpr std::uint64_t kUnlicensedUsers = 5;

base::ErrorKind kind_of(RefusalCode code) noexcept {
    switch (code) {
        case RefusalCode::kTooLarge:
            return base::ErrorKind::kTooLarge;
        case RefusalCode::kMalformedToken:
        case RefusalCode::kMalformedBundle:
            return base::ErrorKind::kInvalid;
        case RefusalCode::kKeysetRollback:
            return base::ErrorKind::kConflict;
        default:
            return base::ErrorKind::kUnprocessable;
    }
}

base::Error to_error(const licenses::Refusal& refusal) {
    return {kind_of(refusal.code), "license_" + std::string(to_string(refusal.code)), refusal.detail};
}

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

void set_end(const licenses::Licence& licence, licenses::Seconds now, Snapshot& out) {
    if (!licence.not_after) return;
    const licenses::Seconds left = *licence.not_after - now;
    out.not_after = *licence.not_after * kMicrosPerSecond;
    out.grace_until = (*licence.not_after + licence.grace) * kMicrosPerSecond;
    out.days_left = left > 0 ? (left + kDay - 1) / kDay : 0;
}

Snapshot make_snapshot(const licenses::Licence& licence, licenses::Seconds now) {
    const State state = state_of(licenses::evaluate(licence, now));
    if (state == State::kUnlicensed) return unlicensed();
    Snapshot out;
    out.state = state;
    out.licence_id = licence.id;
    out.issuer = licence.issuer;
    out.subject = licence.subject;
    out.plan = licence.plan;
    out.sequence = licence.sequence;
    set_end(licence, now, out);
    for (const auto& [id, grant] : licence.plugins)
        out.plugins[id] = !grant.not_after || now < *grant.not_after;
    out.features = licence.features;
    out.limits = licence.limits;
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

}  // namespace

struct LicenceHolder::Installed {
    licenses::Licence licence;
    licenses::Keyset keyset;
    std::string bundle;
};

class LicenceHolder::Implementation {
 public:
    explicit Implementation(std::span<const std::string_view> roots)
        : roots_(parse_roots(roots)), published_(std::make_shared<const Snapshot>(unlicensed())) {}

    base::Result<std::string> check(std::string_view text, licenses::Seconds now) const {
        const std::lock_guard lock(mutex_);
        MORTISE_TRY_ASSIGN(auto accepted, accept(text, now));
        return std::move(accepted.bundle);
    }

    base::Status install(std::string_view text, licenses::Seconds now) {
        const std::lock_guard lock(mutex_);
        MORTISE_TRY_ASSIGN(auto accepted, accept(text, now));
        installed_ = std::move(accepted);
        publish(now);
        return {};
    }

    bool evaluate(licenses::Seconds now) {
        const std::lock_guard lock(mutex_);
        const State before = snapshot()->state;
        if (installed_) publish(now);
        return snapshot()->state != before;
    }

    std::shared_ptr<const Snapshot> snapshot() const noexcept {
        const std::lock_guard lock(published_mutex_);
        return published_;
    }

 private:
    // Under mutex_.
    base::Result<Installed> accept(std::string_view text, licenses::Seconds now) const {
        auto verified =
            licenses::verify_licence(text, roots_, installed_ ? &installed_->keyset : nullptr, now);
        if (!verified.ok()) return to_error(verified.refusal());
        MORTISE_TRY(check_replaces(verified->licence, now));
        return Installed{std::move(verified->licence), std::move(verified->keyset), as_bundle(text)};
    }

    base::Status check_replaces(const licenses::Licence& next, licenses::Seconds now) const {
        const Validity validity = licenses::evaluate(next, now);
        if (validity == Validity::kNotYetValid)
            return base::Error{base::ErrorKind::kUnprocessable, "license_not_yet_valid",
                               "The licence begins only at " + licenses::format_time(next.not_before) +
                                   ". Install it then; the present one stays."};
        if (!installed_) return {};
        const licenses::Licence& present = installed_->licence;
        if (next.issuer == present.issuer && next.subject == present.subject &&
            next.sequence < present.sequence)
            return base::Error{base::ErrorKind::kConflict, "license_superseded",
                               "A newer licence for this customer is installed already."};
        if (validity == Validity::kLimited && licenses::evaluate(present, now) != Validity::kLimited)
            return base::Error{base::ErrorKind::kUnprocessable, "license_expired",
                               "The licence has ended, and the present one has not. The present one stays."};
        return {};
    }

    // A bare token is kept together with the keyset that it was checked with.
    std::string as_bundle(std::string_view text) const {
        if (text.starts_with(licenses::kBundleHeader)) return std::string(text);
        if (text.ends_with('\n')) text.remove_suffix(1);
        const auto held = licenses::parse_bundle(installed_->bundle);
        return licenses::format_bundle({held->keyset, std::string(text)});
    }

    void publish(licenses::Seconds now) {
        auto next = std::make_shared<const Snapshot>(make_snapshot(installed_->licence, now));
        const std::lock_guard lock(published_mutex_);
        published_.swap(next);
    }

    const std::vector<licenses::PublicKey> roots_;
    mutable std::mutex mutex_;            // serialises what writes; readers of the snapshot don't take it
    std::optional<Installed> installed_;  // under mutex_
    // Held only to copy a pointer. Not std::atomic<shared_ptr>: in g++ 12 its load() releases with relaxed
    // order, which the thread sanitizer rightly calls a race.
    mutable std::mutex published_mutex_;
    std::shared_ptr<const Snapshot> published_;  // under published_mutex_
};

LicenceHolder::LicenceHolder(std::span<const std::string_view> roots)
    : self_(std::make_unique<Implementation>(roots)) {}

LicenceHolder::~LicenceHolder() = default;

base::Result<std::string> LicenceHolder::check(std::string_view text, base::Micros now) const {
    return self_->check(text, now / kMicrosPerSecond);
}

base::Status LicenceHolder::install(std::string_view text, base::Micros now) {
    return self_->install(text, now / kMicrosPerSecond);
}

bool LicenceHolder::evaluate(base::Micros now) {
    return self_->evaluate(now / kMicrosPerSecond);
}

std::shared_ptr<const Snapshot> LicenceHolder::snapshot() const noexcept {
    return self_->snapshot();
}

}  // namespace mortise::licensing
