#include "core/licensing/licence_holder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mortise::licensing {
namespace {

base::Error required(std::string detail) {
    return {base::ErrorKind::kForbidden, "license_required", std::move(detail)};
}

base::Error limited(std::string detail) {
    return {base::ErrorKind::kForbidden, "license_limited", std::move(detail)};
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

std::optional<std::uint64_t> Snapshot::limit(std::string_view name) const noexcept {
    const auto found = limits.find(name);
    return found == limits.end() ? std::nullopt : std::optional(found->second);
}

base::Status Snapshot::entitled_plugin(std::string_view id) const {
    if (state == State::kUnlicensed)
        return required(fmt::format("The plugin {} needs a licence, and none is installed.", id));
    if (!plugins.contains(id))
        return required(fmt::format("The installed licence does not include the plugin {}.", id));
    return {};
}

base::Status Snapshot::plugin_write_allowed(std::string_view id) const {
    MORTISE_TRY(entitled_plugin(id));
    MORTISE_TRY(write_allowed());
    if (!plugins.find(id)->second)
        return limited(
            fmt::format("The licence for the plugin {} has ended. Reading and exporting still work.", id));
    return {};
}

base::Status Snapshot::write_allowed() const {
    if (state == State::kLimited)
        return limited(
            "The licence has ended. Reading and exporting still work; install a new licence to write.");
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
