#pragma once

// Private to the pipeline: its steps, each a function. The list that orders them is in pipeline.cpp.

#include "core/base/request_context.hpp"
#include "core/http/message.hpp"
#include "core/http/pipeline.hpp"
#include "core/http/request_metrics.hpp"
#include "core/http/router.hpp"
#include "core/http/unit_runner.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace mortise::http {

// The routes, and the time series of each.
struct Routing {
    std::shared_ptr<const RouteTable> table;
    std::vector<RouteMetrics> metrics;  // as the table's rows; the last: no route
    Absent absent;
};

// What a step looks at. References live during the call.
struct Incoming {
    const PipelineSettings& settings;
    const PipelineParts& parts;
    const RequestHead& head;
};

// The meter of what is asked in a tenant.
inline constexpr std::string_view kRequestMeter = "requests";

// What the head of a request leads to; the steps fill it in.
struct Decision {
    base::RequestContext context = {};
    std::shared_ptr<const Routing> routing;
    Match match = {};
    Pairs query = {};
    bool uncounted = false;  // the request still has to be counted, which needs a database

    // Only after step_route has let the request go on.
    const Route& route() const noexcept { return *match.route; }
};

// A step answers, or lets the request go on.
using Outcome = std::optional<Response>;

// They need no more than the head, and read memory only: fit for a reactor thread.
Outcome step_trace(const Incoming& in, Decision& decision);
Outcome step_deadline(const Incoming& in, Decision& decision);
Outcome step_route(const Incoming& in, Decision& decision);
Outcome step_single_fields(const Incoming& in, Decision& decision);
Outcome step_authenticate(const Incoming& in, Decision& decision);
Outcome step_tenant(const Incoming& in, Decision& decision);
Outcome step_environment(const Incoming& in, Decision& decision);
Outcome step_licence(const Incoming& in, Decision& decision);
Outcome step_plugin(const Incoming& in, Decision& decision);
Outcome step_flag(const Incoming& in, Decision& decision);
Outcome step_scope(const Incoming& in, Decision& decision);
Outcome step_query(const Incoming& in, Decision& decision);

// They look at the body as well.
Outcome step_content_type(const Request& request, const Route& route);
Outcome step_idempotency(const Request& request, const Route& route, Idempotency& idempotency);
// Counts a request in a tenant from what is held in memory, or notes that this is still to be done.
void step_meter(const Incoming& in, Decision& decision) noexcept;
// Parses, which takes a while for a large body: not for a reactor thread.
Outcome step_json(const Request& request, const Route& route);

}  // namespace mortise::http
