#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/licensing/root_keys.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licensing {

enum class State : std::uint8_t {
    kUnlicensed,  // none installed: no plugin, development limits
    kValid,
    kGrace,    // has ended, goes on with warnings until grace_until
    kLimited,  // has ended: reads and exports go on, licensed writes don't
};

std::string_view to_string(State state) noexcept;

// What the installed licence allows at one moment. Immutable.
struct Snapshot {
    State state = State::kUnlicensed;
    std::string licence_id, issuer, subject, plan;
    std::uint64_t sequence = 0;
    std::optional<base::Micros> not_after;    // none: perpetual, or unlicensed
    std::optional<base::Micros> grace_until;  // with not_after
    // Until not_after, each begun day counted; 0 once it has ended.
    std::optional<std::int64_t> days_left;
    std::map<std::string, bool, std::less<>>
        plugins;                        // whether it may still write (its own end hasn't passed)
    std::vector<std::string> features;  // sorted
    std::map<std::string, std::uint64_t, std::less<>> limits;

    bool has_feature(std::string_view name) const noexcept;
    // nullopt: the licence sets no such limit.
    std::optional<std::uint64_t> limit(std::string_view name) const noexcept;

    // Whether the plugin may be loaded, and its reads and exports served. Error `license_required`.
    base::Status entitled_plugin(std::string_view id) const;
    // Whether its writes and jobs may run as well. Errors `license_required`, `license_limited`.
    base::Status plugin_write_allowed(std::string_view id) const;
    // Whether licensed writes are allowed at all. Error `license_limited`.
    base::Status write_allowed() const;
    // Error `license_required`.
    base::Status entitled_feature(std::string_view name) const;
};

// Holds the installed licence. Thread-safe: readers take the snapshot and never wait for install() or
// evaluate(). Where the text is kept over a restart is the caller's business.
class LicenceHolder {
 public:
    // `roots` are k4.public texts; one that is none throws std::invalid_argument. Anything but the
    // compiled-in keys is for tests.
    explicit LicenceHolder(std::span<const std::string_view> roots = root_keys());
    LicenceHolder(const LicenceHolder&) = delete;
    LicenceHolder& operator=(const LicenceHolder&) = delete;
    ~LicenceHolder();

    // Takes a bundle, or a licence token for the keyset that is held, in place of the present licence, at
    // once. On an error the present one stays. Codes: license_<name of the refusal>
    // (licenses/document/result.hpp), license_not_yet_valid, license_superseded (an older one for the same
    // subject), license_expired (it has ended, while the present one hasn't).
    base::Status install(std::string_view text, base::Micros now);
    // Whether install() would take it, without installing it: the bundle to be kept, or the same errors.
    base::Result<std::string> check(std::string_view text, base::Micros now) const;

    // Moves the state on with time; to be called every few seconds. True if the state is another than before.
    bool evaluate(base::Micros now);

    std::shared_ptr<const Snapshot> snapshot() const noexcept;

    base::Status entitled_plugin(std::string_view id) const { return snapshot()->entitled_plugin(id); }
    base::Status plugin_write_allowed(std::string_view id) const {
        return snapshot()->plugin_write_allowed(id);
    }
    base::Status write_allowed() const { return snapshot()->write_allowed(); }

 private:
    struct Installed;
    class Implementation;
    std::unique_ptr<Implementation> self_;
};

}  // namespace mortise::licensing
