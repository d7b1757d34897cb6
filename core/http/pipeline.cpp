#include "core/http/pipeline.hpp"

#include "core/base/text.hpp"
#include "core/http/problem.hpp"
#include "core/http/steps.hpp"
#include "core/http/trace.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/recent_fault.hpp"
#include "core/telemetry/log.hpp"
#include "core/tenancy/meters.hpp"
#include "core/tenancy/snapshots.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <thread>

namespace mortise::http {

using base::Error;
using base::ErrorKind;
using base::Status;

// Of several who would answer, the first does. Belongs to one exchange; moved with it while it is still
// one's.
class Claim {
 public:
    Claim() = default;
    Claim(Claim&&) noexcept {}
    Claim& operator=(Claim&&) = delete;
    bool take() noexcept { return !taken_.exchange(true); }

 private:
    std::atomic<bool> taken_ = false;
};

// One request on its way.
struct Exchange {
    Exchange(Request&& its_request, Responder&& its_responder, const telemetry::Gauge& in_flight)
        : request(std::move(its_request)), responder(std::move(its_responder)), counted(in_flight) {}

    Request request;
    Responder responder;
    Decision decision;
    Idempotency idempotency;
    InFlight counted;
    Claim claim;
    Claim given_up;          // of each plugin that its unit goes through, one may say so
    std::thread::id thread;  // that serves it
};

namespace {

// A client may send as much before it is known who it is; a longer body is asked for only when the head
// alone gives no reason to refuse.
constexpr std::uint64_t kUnaskedBody = 16384;  // bytes

// The order of the list, and why each stands where it does:
constexpr std::array kHeadSteps = {
    step_trace,          // first: whatever is answered from here on names the request
    step_deadline,       // runs from the head, so that waiting counts
    step_route,          // the row says what all further steps ask for
    step_single_fields,  // before anybody reads one of them
    step_authenticate,   // who; before anything that tells what exists
    step_tenant,         // where; needs to know who
    step_environment,    // which flags; before one of them is asked
    step_licence,        // what the vendor allows, before what the customer does
    step_plugin,         // what the tenant has
    step_flag,           // what is switched on there
    step_scope,          // what the caller may, of what is there
    step_query,          // last: who may not call it need not know what it takes
};

Outcome run_head_steps(const Incoming& in, Decision& decision) {
    for (const auto step : kHeadSteps)
        if (auto refused = step(in, decision)) return refused;
    return std::nullopt;
}

// What remains before the pool, once for each request: cheap checks, so that the pool sees no hopeless
// request, then the hash of the body; last the meter, since what was refused for another reason counts for
// nothing.
Outcome run_body_steps(const Incoming& in, Exchange& exchange) {
    const Route& route = exchange.decision.route();
    if (auto refused = step_content_type(exchange.request, route)) return refused;
    if (auto refused = step_idempotency(exchange.request, route, exchange.idempotency)) return refused;
    step_meter(in, exchange.decision);
    return std::nullopt;
}

void log_exception(telemetry::Log& log, const base::Uuid& request_id, const Match& match,
                   std::string_view what) {
    const std::string_view operation = match.route == nullptr ? "" : std::string_view(match.route->operation);
    log.error("a request threw",
              {{"request_id", request_id.to_string()}, {"operation", operation}, {"reason", what}});
}

// What throws is our fault: the client gets the request's id, the operator the text.
template <class Function>
auto guarded(telemetry::Log& log, const base::Uuid& request_id, const Match& match, Function function)
    -> decltype(function()) {
    try {
        return function();
    } catch (const std::exception& error) {
        log_exception(log, request_id, match, error.what());
    } catch (...) {
        log_exception(log, request_id, match, "no std::exception");
    }
    return internal_problem(request_id);
}

// What the client isn't told of an error that is not its own.
void log_error(const PipelineParts& parts, const Exchange& exchange, const Error& error) {
    const auto level =
        error.kind == ErrorKind::kInternal ? telemetry::Level::kError : telemetry::Level::kWarn;
    if (error.log_text.empty() && error.kind != ErrorKind::kInternal) return;
    parts.log.write(level, "request failed",
                    {{"request_id", exchange.request.head.id.to_string()},
                     {"operation", std::string_view(exchange.decision.route().operation)},
                     {"code", std::string_view(error.code)},
                     {"reason", std::string_view(error.log_text)}});
}

Status follow_commit(const PipelineParts& parts, const Call& call, const Route& route, Response& response) {
    try {
        Status refreshed = parts.snapshots.refresh();
        if (!route.after_commit) return refreshed;
        // Also when memory could not follow: only the row can tell how far the work is.
        Status done = route.after_commit(call, response);
        return done.ok() ? refreshed : done;
    } catch (const std::exception& error) {
        return base::internal_error(error.what());
    }
}

// What memory holds follows what was committed, before the client hears of it; and what a row wants done
// then. Whatever fails of it, the work is done, and the answer must not say otherwise.
void after_core_write(const PipelineParts& parts, const Call& call, const Route& route, Response& response) {
    const Status done = follow_commit(parts, call, route, response);
    if (done.ok()) return;
    const Error& error = done.error();
    parts.log.error("what follows a commit failed; it is tried again by a timer or at the next start",
                    {{"operation", std::string_view(route.operation)},
                     {"code", std::string_view(error.code)},
                     {"reason", std::string_view(error.log_text.empty() ? error.detail : error.log_text)}});
}

Response handle(const PipelineParts& parts, Exchange& exchange, const std::function<void()>& given_up) {
    const Decision& decision = exchange.decision;
    const Route& route = decision.route();
    if (auto refused = step_json(exchange.request, route)) return std::move(*refused);
    const auto failed = [&](const Error& error) {
        log_error(parts, exchange, error);
        if (parts.faults != nullptr) parts.faults->note(error, parts.clock.monotonic());
        return problem(error, exchange.request.head.id);
    };
    if (decision.uncounted) {
        const base::RequestContext& context = decision.context;
        const Status counted = parts.meters.count({context.tenant, context.tenant_slug}, kRequestMeter, 1);
        if (!counted.ok()) return failed(counted.error());
    }
    Call call{decision.context, exchange.request, decision.match.parameters, decision.query};
    call.given_up = &given_up;
    if (route.prepare) {
        auto prepared = route.prepare(call);
        if (!prepared.ok()) return failed(prepared.error());
        call.prepared = std::move(*prepared);
    }
    const bool has_unit = route.work != Work::kInline && route.work != Work::kPool;
    auto result = has_unit ? run_in_unit(parts.database, parts.clock, route, call, exchange.idempotency)
                           : route.handler(call);
    if (!result.ok()) return failed(result.error());
    if (route.work == Work::kCoreWrite && result->status < 400) after_core_write(parts, call, route, *result);
    return std::move(*result);
}

bool may_block(const Exchange& exchange) {
    const Decision& decision = exchange.decision;
    const auto& asked = decision.route().may_block;
    return asked && asked({decision.context, exchange.request, decision.match.parameters, decision.query});
}

// In the place of one that the handler has set: of two, a client would take either.
void set_header(Response& response, std::string_view name, std::string value) {
    std::erase_if(response.headers, [&](const auto& header) { return base::iequals(header.first, name); });
    response.headers.emplace_back(std::string(name), std::move(value));
}

}  // namespace

Pipeline::Pipeline(PipelineSettings settings, PipelineParts parts, std::shared_ptr<const RouteTable> routes,
                   Absent absent)
    : settings_(std::move(settings)),
      cross_origin_(settings_.cors_origins),
      parts_(parts),
      in_flight_(parts.metrics.gauge("mortise_http_requests_in_flight", "Requests being answered.")),
      shares_(settings_.pool_threads),
      pool_(settings_.pool_threads, settings_.pool_queue, PoolMetrics(parts.metrics, "common")),
      password_pool_(settings_.password_threads, settings_.password_queue,
                     PoolMetrics(parts.metrics, "passwords")),
      probe_pool_(1, settings_.probe_queue, PoolMetrics(parts.metrics, "probes")) {
    replace_routes(std::move(routes), std::move(absent));
}

Pipeline::~Pipeline() = default;

bool Pipeline::drain(base::Monotonic deadline) {
    bool drained = true;
    for (Pool* pool : {&pool_, &password_pool_, &probe_pool_})
        drained = pool->drain(deadline) && drained;
    return drained;
}

void Pipeline::replace_routes(std::shared_ptr<const RouteTable> routes, Absent absent) {
    auto routing = std::make_shared<Routing>();
    for (const Route& route : routes->routes())
        routing->metrics.emplace_back(parts_.metrics, route.operation);
    routing->metrics.emplace_back(parts_.metrics, "none");
    routing->table = std::move(routes);
    routing->absent = std::move(absent);
    routing_.replace(std::move(routing));
}

std::shared_ptr<const RouteTable> Pipeline::routes() const {
    return routing_.read()->table;
}

HeadDecision Pipeline::on_head(const RequestHead& head) {
    if (!head.has_body()) return {};
    Decision decision{.routing = routing_.read()};
    const bool small = head.content_length.value_or(kUnaskedBody + 1) <= kUnaskedBody;
    if (small && !head.expect_continue) {
        decision.match = decision.routing->table->match(head.method, head.path);
    } else {
        const Incoming in{settings_, parts_, head};
        auto refused = guarded(parts_.log, head.id, decision.match,
                               [&]() -> Outcome { return run_head_steps(in, decision); });
        if (refused) {
            conclude(head, decision, *refused);
            return {.refuse = std::move(*refused)};
        }
    }
    const Route* route = decision.match.route;
    const std::uint64_t limit = route == nullptr ? 0 : route->body_limit;
    return {.body_limit = limit == 0 ? settings_.body_limit : limit};
}

void Pipeline::on_request(Request&& request, Responder responder) {
    Exchange exchange(std::move(request), std::move(responder), in_flight_);
    exchange.decision.routing = routing_.read();
    const RequestHead& head = exchange.request.head;
    const Incoming in{settings_, parts_, head};
    auto refused = guarded(parts_.log, head.id, exchange.decision.match, [&]() -> Outcome {
        auto by_head = run_head_steps(in, exchange.decision);
        return by_head ? std::move(by_head) : run_body_steps(in, exchange);
    });
    if (refused) return finish(exchange, std::move(*refused));
    const Route& route = exchange.decision.route();
    if (route.work == Work::kInline && !exchange.decision.uncounted && !may_block(exchange))
        return serve(exchange);
    Pool& pool = route.hashes_password ? password_pool_ : route.probe ? probe_pool_ : pool_;
    auto moved = std::make_shared<Exchange>(std::move(exchange));
    auto share = &pool == &pool_ ? shares_.of(moved->decision.context.tenant, route.lane) : nullptr;
    if (pool.submit([this, moved] { serve(*moved); }, route.lane, std::move(share))) return;
    Error full{ErrorKind::kUnavailable, "overloaded", "The server is busy; try again in a moment."};
    full.retry_after_s = 1;
    finish(*moved, problem(full, moved->request.head.id));
}

void Pipeline::serve(Exchange& exchange) noexcept {
    try {
        const base::Uuid& id = exchange.request.head.id;
        if (parts_.clock.monotonic() >= exchange.decision.context.deadline)
            return finish(exchange, problem({ErrorKind::kTimeout, "deadline_exceeded",
                                             "The server was too busy to answer in time."},
                                            id));
        exchange.thread = std::this_thread::get_id();
        const std::function<void()> given_up = [this, &exchange] { give_up(exchange); };
        finish(exchange, guarded(parts_.log, id, exchange.decision.match,
                                 [&] { return handle(parts_, exchange, given_up); }));
    } catch (...) {
        // No memory to finish with: the responder, which is destroyed unanswered, tells the client.
        return;
    }
}

// A plugin holds the thread that serves the request beyond its deadline: whoever waits is told, and the pool
// gets another thread. What the plugin answers later is dropped.
void Pipeline::give_up(Exchange& exchange) noexcept {
    if (!exchange.given_up.take()) return;
    try {
        pool_.replace(exchange.thread);
        finish(exchange,
               problem({ErrorKind::kTimeout, "deadline_exceeded", "The plugin did not answer in time."},
                       exchange.request.head.id));
    } catch (...) {
        return;  // no memory to tell with: it is told when the plugin comes back
    }
}

void Pipeline::finish(Exchange& exchange, Response&& response) {
    if (!exchange.claim.take()) return;
    conclude(exchange.request.head, exchange.decision, response);
    exchange.responder.send(std::move(response));
}

void Pipeline::conclude(const RequestHead& head, const Decision& decision, Response& response) {
    const bool matched = decision.match.route != nullptr;
    if (matched && !response.code.empty() && decision.route().say_refusal)
        decision.route().say_refusal(head, decision.match.parameters, response);
    const auto& series = decision.routing->metrics;
    const auto elapsed = parts_.clock.monotonic() - head.received;
    (matched ? series[decision.match.index] : series.back())
        .count(response.status, std::chrono::duration<double>(elapsed).count());

    const base::RequestContext& context = decision.context;
    parts_.log.access({.request_id = head.id,
                       .trace_id = trace_id_text(context.trace),
                       .method = to_string(head.method),
                       .path = head.path,
                       .route = matched ? std::string_view(decision.route().operation) : std::string_view(),
                       .status = static_cast<std::uint32_t>(response.status),
                       .code = response.code,
                       .bytes = response.body.size(),
                       .duration_us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count(),
                       .tenant = context.tenant_slug,
                       .principal = context.principal.label,
                       .client = context.client_address});

    set_header(response, "X-Request-Id", head.id.to_string());
    set_header(response, "X-Content-Type-Options", "nosniff");
    cross_origin_.mark(head, decision.match, response);
    if (context.principal.kind == base::PrincipalKind::kAnonymous) return;
    set_header(response, "Cache-Control", "no-store");
    const auto licence = parts_.licence.snapshot();
    if (!licence->warning.empty() && base::has_scope(context.scopes, "licenses:read"))
        set_header(response, "Mortise-License", licence->warning);
}

void Pipeline::on_refused(const RefusedRequest& refused) {
    routing_.read()->metrics.back().count(refused.status, 0);
    parts_.log.access({.request_id = refused.request_id,
                       .status = static_cast<std::uint32_t>(refused.status),
                       .code = refused.code,
                       .client = refused.peer_address});
}

}  // namespace mortise::http
