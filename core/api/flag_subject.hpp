#pragma once

#include "core/api/resources.hpp"
#include "core/base/clock.hpp"
#include "core/flags/evaluation.hpp"
#include "core/flags/flag_model.hpp"
#include "core/flags/snapshot.hpp"
#include "core/http/route.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace mortise::api {

// Whether the credential may be in everybody's hands, so that it sees only flags that are meant for them.
inline bool for_clients_only(const base::RequestContext& context) noexcept {
    return !base::has_scope(context.scopes, "flags:evaluate") &&
           !base::has_scope(context.scopes, "flags:read");
}

// A credential that may be in everybody's hands evaluates production, and of other environments those for
// which it holds flags:evaluate_client-<name>. `scope_required` (403).
inline base::Status check_environment_of_clients(const base::RequestContext& context) {
    if (flags::in_production(context.environment) || !for_clients_only(context)) return {};
    const std::string needed = "flags:evaluate_client-" + context.environment;
    if (base::has_scope(context.scopes, needed)) return {};
    return base::Error{base::ErrorKind::kForbidden, "scope_required",
                       "Without the scope " + needed + " this credential evaluates production only."};
}

// For whom a request asks. Tenant and plan come from the credential; what the client says has no say in them.
// The views are the caller's.
inline flags::Subject flag_subject(const Parts& parts, const http::Call& call, std::string_view targeting_key,
                                   std::span<const flags::Member> attributes) {
    return {.tenant = call.context.tenant,
            .tenant_slug = call.context.tenant_slug,
            .plan = call.context.plan,
            .targeting_key = targeting_key,
            .attributes = attributes,
            .now = parts.clock.now() / base::kMicrosPerSecond,
            .client_only = for_clients_only(call.context)};
}

// Whether evaluating all flags for a context of so many bytes takes longer than others, who wait for the same
// thread, may be kept waiting.
inline bool takes_long(const Parts& parts, const http::Call& call, std::size_t context_bytes) {
    const auto set = parts.flag_store.read(call.context.environment);
    return set != nullptr && set->cost_of_all(call.context.tenant, context_bytes) > flags::kQuickSteps;
}

// Of requests that evaluate all flags and take long: so many at a time, others wait.
inline constexpr std::size_t kLongEvaluations = 2;

}  // namespace mortise::api
