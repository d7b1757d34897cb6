#include "core/http/cross_origin.hpp"

#include "core/http/router.hpp"

#include <algorithm>
#include <utility>

namespace mortise::http {
namespace {

// What clients of OFREP and of Unleash send and read; npm's unleash-proxy-client has no "X-" since 3.7.4. A
// browser asks for all headers at once, and sends nothing if one of them isn't here.
constexpr std::string_view kAllowedHeaders =
    "Authorization, Content-Type, If-None-Match, Last-Event-ID, Mortise-Environment, Mortise-Tenant, "
    "Unleash-AppName, Unleash-Connection-Id, Unleash-SDK, X-API-Key, X-Unleash-AppName, "
    "X-Unleash-Connection-Id, X-Unleash-SDK";
constexpr std::string_view kExposedHeaders = "ETag, Retry-After, X-Request-Id";
constexpr std::string_view kMaxAge = "7200";  // seconds, the most that browsers keep

}  // namespace

bool CrossOrigin::admits(std::string_view origin) const noexcept {
    return std::any_of(origins_.begin(), origins_.end(),
                       [origin](const std::string& one) { return one == "*" || one == origin; });
}

void CrossOrigin::mark(const RequestHead& head, const Match& match, Response& response) const {
    if (origins_.empty() || !match.cross_origin) return;
    response.headers.emplace_back("Vary", "Origin");
    const auto origin = head.header("origin");
    if (!origin || !admits(*origin)) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", std::string(*origin));
    if (head.method != Method::kOptions) {
        response.headers.emplace_back("Access-Control-Expose-Headers", std::string(kExposedHeaders));
        return;
    }
    if (!head.header("access-control-request-method")) return;
    const auto allow = std::find_if(response.headers.begin(), response.headers.end(),
                                    [](const auto& header) { return header.first == "Allow"; });
    if (allow != response.headers.end()) {
        std::string methods = allow->second;
        response.headers.emplace_back("Access-Control-Allow-Methods", std::move(methods));
    }
    response.headers.emplace_back("Access-Control-Allow-Headers", std::string(kAllowedHeaders));
    response.headers.emplace_back("Access-Control-Max-Age", std::string(kMaxAge));
}

}  // namespace mortise::http
