#include "core/licensing/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mortise::licensing {
namespace {

using licenses::Access;
using licenses::Reason;

base::Error required(std::string detail) {
    return {base::ErrorKind::kForbidden, "license_required", std::move(detail)};
}

base::Error limited(std::string_view why) {
    return {base::ErrorKind::kForbidden, "license_limited",
            fmt::format("{} Reading and exporting still work.", why)};
}

// Why writing is refused, and what mends it.
std::string_view explain(Reason reason) noexcept {
    switch (reason) {
        case Reason::kRevoked:
            return "The vendor has revoked the licence; ask for a new one.";
        case Reason::kKeyCompromised:
            return "The key that signed the licence counts no longer; ask the vendor to issue it again.";
        case Reason::kCrlRequired:
            return "The licence needs a newer revocation list; install the vendor's latest update.";
        case Reason::kNotActivated:
            return "The licence is not activated on this installation; make an activation request.";
        case Reason::kWrongMachine:
            return "The licence is bound to another machine; ask the vendor to transfer it.";
        case Reason::kVersionNotCovered:
            return "This version was released after the licence's maintenance ended; renew it, or go back to an "
                   "earlier version.";
        case Reason::kRefreshDue:
            return "The licence has not heard of the vendor for too long; install the vendor's latest update.";
        default:
            return "The licence has ended; install a new one to write.";
    }
}

}  // namespace

std::string_view to_string(State state) noexcept {
    switch (state) {
        case State::kUnlicensed:
            return "unlicensed";
        case State::kValid:
            return "valid";
        case State::kGrace:
            return "grace";
        case State::kLimited:
            return "limited";
    }
    return "unlicensed";
}

bool Snapshot::has_feature(std::string_view name) const noexcept {
    return std::binary_search(features.begin(), features.end(), name);
}

const licenses::Limit* Snapshot::limit(std::string_view name) const noexcept {
    const auto found = limits.find(name);
    return found == limits.end() ? nullptr : &found->second;
}

base::Status Snapshot::entitled_plugin(std::string_view id) const {
    if (state == State::kUnlicensed)
        return required(fmt::format("The plugin {} needs a licence, and none is installed.", id));
    const auto found = plugins.find(id);
    if (found != plugins.end() && found->second.access != Access::kNone) return {};
    if (found != plugins.end() && found->second.reason == Reason::kFeatureMissing)
        return required(
            fmt::format("The plugin {} needs the feature {}, which the installed licence does not include.",
                        id, found->second.missing));
    if (found != plugins.end() && found->second.reason == Reason::kVersionNotCovered)
        return required(
            fmt::format("The installed licence does not cover this version of the plugin {}.", id));
    return required(fmt::format("The installed licence does not include the plugin {}.", id));
}

base::Status Snapshot::plugin_write_allowed(std::string_view id) const {
    MORTISE_TRY(entitled_plugin(id));
    MORTISE_TRY(write_allowed());
    const auto& access = plugins.find(id)->second;
    if (access.access == Access::kFull) return {};
    if (access.reason == Reason::kVersionNotCovered)
        return limited(fmt::format("The licence does not cover this version of the plugin {}.", id));
    return limited(fmt::format("The licence for the plugin {} has ended.", id));
}

base::Status Snapshot::write_allowed() const {
    if (state == State::kLimited) return limited(explain(reason));
    return {};
}

base::Status Snapshot::entitled_feature(std::string_view name) const {
    if (state == State::kUnlicensed)
        return required(fmt::format("The feature {} needs a licence, and none is installed.", name));
    if (!has_feature(name))
        return required(fmt::format("The installed licence does not include the feature {}.", name));
    return {};
}

}  // namespace mortise::licensing
