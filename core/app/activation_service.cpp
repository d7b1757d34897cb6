#include "core/app/activation_service.hpp"

#include "core/outbound/http_post.hpp"
#include "licenses/document/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mortise::app {
namespace {

constexpr std::string_view kReason = "license-refusal: ";

using base::Error;
using base::ErrorKind;

// What the service says in a line of its own; a name of ours, so that nothing else of it is repeated.
std::string reason_of(std::string_view body) {
    if (!body.starts_with(kReason)) return "unknown";
    std::string_view name = body.substr(kReason.size());
    name = name.substr(0, name.find('\n'));
    const auto is_of_name = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), is_of_name))
        return "unknown";
    return std::string(name);
}

}  // namespace

base::Result<std::string> ask_activation_service(const std::string& url, const std::string& request,
                                                 std::chrono::milliseconds time) {
    if (url.empty())
        return Error{ErrorKind::kConflict, "activation_url_missing",
                     "The setting license.activation_url names no service of the vendor's; make a request "
                     "file instead, and install the answer."};
    MORTISE_TRY_ASSIGN(auto answer, outbound::post({.url = url,
                                                    .content_type = "text/plain",
                                                    .body = request,
                                                    .most = licenses::kMaxBundleBytes,
                                                    .time = time}));
    if (answer.status == 200) return std::move(answer.body);
    if (answer.status == 422)
        return Error{ErrorKind::kConflict, "activation_refused",
                     fmt::format("The vendor's service refuses: {}.", reason_of(answer.body))};
    return Error{ErrorKind::kUnavailable, "outbound_failed",
                 fmt::format("{} answered with the status {}.", url, answer.status)};
}

}  // namespace mortise::app
