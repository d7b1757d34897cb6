#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/licensing/licence_chain.hpp"
#include "core/licensing/root_keys.hpp"
#include "core/licensing/snapshot.hpp"
#include "core/licensing/time_keeper.hpp"
#include "core/tenancy/limits.hpp"
#include "core/tenancy/published.hpp"
#include "licenses/document/fingerprint.hpp"
#include "licenses/document/verify.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licensing {

// The vendor's documents, verified. Immutable once it is held.
struct Documents {
    std::vector<std::string> rotations;  // tokens
    std::optional<licenses::Keyset> keyset;
    std::shared_ptr<const licenses::RevocationList> revocations;
    std::vector<HeldActivation> activations;
    std::vector<HeldLicence> licences;  // LicenceChain::held
    std::vector<HeldLicence> past;      // LicenceChain::past
};

// Whether both are the same keys, licences, activations and revocations: what is read again is another
// object.
bool same_content(const Documents& a, const Documents& b) noexcept;

// Holds what the vendor's documents allow now. Thread-safe: readers take the snapshot and never wait for who
// changes it. Where documents are kept over a restart is LicenceStore's business.
class LicenceHolder final : public tenancy::Limits {
 public:
    // `roots` are k4.public texts; one that is none throws std::invalid_argument. Anything but the
    // compiled-in keys is for tests. The time keeper outlives the holder.
    explicit LicenceHolder(TimeKeeper& time, std::span<const std::string_view> roots = root_keys());

    std::span<const licenses::PublicKey> roots() const noexcept { return roots_; }
    TimeKeeper& time() const noexcept { return time_; }
    std::shared_ptr<const Documents> documents() const { return documents_.read(); }
    std::shared_ptr<const Snapshot> snapshot() const noexcept { return snapshot_.read(); }

    // Takes documents in the place of those that are held, at once.
    void hold(Documents documents);
    // What machine this is, and which plugins run: they decide as well.
    void set_machine(licenses::MachineIds machine);
    void set_plugins(std::vector<licenses::InstalledPlugin> plugins);
    // Whether this node has a place among those that the licence allows: without, it is limited.
    void set_placed(bool placed);
    // Why a licence would not count here, under the keyset, list and activations of `documents`, which need
    // not be held; also of one that has not begun, as far as that can be said now.
    licenses::Reason reason_against(const HeldLicence& licence, const Documents& documents,
                                    licenses::Seconds now) const;

    // Moves the state on with time; to be called every second. True if the state or its reason is another
    // than before.
    bool evaluate();

    base::Status entitled_plugin(std::string_view id) const { return snapshot()->entitled_plugin(id); }
    // Whether a plugin, perhaps one that doesn't run yet, may be loaded in this version. Error
    // `license_required`, which names what is missing.
    base::Status check_plugin(const licenses::InstalledPlugin& plugin) const;

    std::optional<tenancy::LimitRule> limit(std::string_view name, std::string_view tenant) const override;
    base::Micros now() const override { return time_.now(); }

 private:
    licenses::Entitlements evaluate(const HeldLicence& licence, const Documents& documents,
                                    std::span<const licenses::InstalledPlugin> plugins,
                                    licenses::Seconds now) const;  // under mutex_
    Snapshot make_snapshot(const Documents& documents,
                           std::span<const licenses::InstalledPlugin> plugins) const;  // under mutex_
    void publish();                                                                    // under mutex_

    TimeKeeper& time_;
    const std::vector<licenses::PublicKey> roots_;
    mutable std::mutex mutex_;                        // serialises what changes
    licenses::MachineIds machine_;                    // under mutex_
    std::vector<licenses::InstalledPlugin> plugins_;  // under mutex_
    bool placed_ = true;                              // under mutex_
    tenancy::Published<Documents> documents_;
    tenancy::Published<Snapshot> snapshot_;
};

}  // namespace mortise::licensing
