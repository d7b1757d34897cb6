#include "core/host/worker_messages.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace mortise::host {
namespace {

using storage::Access;

constexpr std::size_t kMaxText = 256UL * 1024;
constexpr std::size_t kMaxPairs = 10000;
constexpr std::size_t kMaxPairBytes = 1024UL * 1024;
constexpr std::size_t kMaxRouteCount = 500;
constexpr std::size_t kMaxMethodCount = 500;
constexpr std::size_t kMaxName = 256;
constexpr std::size_t kMaxValues = 64;
constexpr std::string_view kLogMark = "\1mortise-log";

void write_principal(FrameWriter& frame, const base::Principal& principal) {
    frame.number(static_cast<std::uint8_t>(principal.kind)).uuid(principal.id);
}

void read_principal(FrameReader& frame, base::Principal& principal) {
    principal.kind = static_cast<base::PrincipalKind>(frame.number_in<std::uint8_t>(0, 3));
    principal.id = frame.uuid();
}

void write_context(FrameWriter& frame, const base::RequestContext& context, base::Monotonic now) {
    using std::chrono::duration_cast, std::chrono::microseconds;
    frame.uuid(context.request_id).number(context.trace.trace_id).number(context.trace.span_id);
    frame.number(context.trace.flags).uuid(context.tenant).text(context.tenant_slug).text(context.plan);
    write_principal(frame, context.principal);
    write_principal(frame, context.actor);
    frame.text(context.scopes).text(context.locale).text(context.time_zone);
    frame.text(context.client_address).text(context.environment);
    frame.uuid(context.correlation).uuid(context.cause).number(context.generation);
    frame.number<std::int64_t>(duration_cast<microseconds>(context.deadline - now).count());
}

void read_context(FrameReader& frame, base::RequestContext& context, base::Monotonic now) {
    context.request_id = frame.uuid();
    context.trace.trace_id = frame.number<decltype(context.trace.trace_id)>();
    context.trace.span_id = frame.number<decltype(context.trace.span_id)>();
    context.trace.flags = frame.number<std::uint8_t>();
    context.tenant = frame.uuid();
    context.tenant_slug = frame.text(kMaxText);
    context.plan = frame.text(kMaxText);
    read_principal(frame, context.principal);
    read_principal(frame, context.actor);
    context.scopes = frame.text(kMaxText);
    context.locale = frame.text(kMaxText);
    context.time_zone = frame.text(kMaxText);
    context.client_address = frame.text(kMaxText);
    context.environment = frame.text(kMaxText);
    context.correlation = frame.uuid();
    context.cause = frame.uuid();
    context.generation = frame.number<std::uint64_t>();
    constexpr std::int64_t kYear = 365LL * 24 * 3600 * 1000 * 1000;
    context.deadline = now + std::chrono::microseconds(frame.number_in<std::int64_t>(-kYear, kYear));
}

PluginRoute read_route(FrameReader& frame) {
    PluginRoute route;
    route.method = static_cast<PluginRoute::Method>(frame.number_in<std::uint8_t>(1, 5));
    route.access = frame.number_in<std::uint8_t>(0, 1) == 1 ? Access::kWrite : Access::kRead;
    route.idempotency_key = frame.number_in<std::uint8_t>(0, 1) == 1;
    route.reads_first = frame.number_in<std::uint8_t>(0, 1) == 1;
    route.body_limit = frame.number<std::uint64_t>();
    route.success_status = frame.number<std::uint32_t>();
    for (std::string* text : {&route.pattern, &route.name, &route.summary, &route.scope, &route.entitlement,
                              &route.flag, &route.request_type, &route.request_schema, &route.response_type,
                              &route.response_schema, &route.parameters})
        *text = frame.text(kMaxText);
    return route;
}

bool take_event(FrameReader frame, const Manifest& manifest, CallAnswer& answer) {
    const std::string_view type = frame.text(kMaxName);
    const std::string_view subject = frame.text(kMaxEventBytes);
    const std::string_view data = frame.text(kMaxEventBytes);
    const std::string prefix = "mortise." + manifest.id + ".";
    if (!frame.done() || !type.starts_with(prefix) || !manifest.publishes(type.substr(prefix.size())) ||
        !is_sound_event(subject, data))
        return false;
    ++answer.event_count;
    answer.event_bytes += subject.size() + data.size();
    if (answer.event_count > kMaxEvents || answer.event_bytes > kMaxEventsBytes) return false;
    answer.events.push_back(
        {std::string(type), "/plugins/" + manifest.id, std::string(subject), std::string(data)});
    return true;
}

bool take_response(FrameReader frame, CallAnswer& answer) {
    answer.response.status = frame.number_in<std::uint32_t>(200, 599);
    answer.response.headers = frame.pairs(kMaxResponseHeaders, kMaxResponseHeaderBytes);
    answer.responded = true;
    return frame.done() && std::all_of(answer.response.headers.begin(), answer.response.headers.end(),
                                       [](const auto& header) { return is_allowed_header(header.first); });
}

void write_problem(FrameWriter& frame, const PluginProblem& problem) {
    frame.number(problem.status).text(problem.code).text(problem.detail);
    frame.text(problem.errors).text(problem.extensions);
}

void read_problem(FrameReader& frame, PluginProblem& problem) {
    problem.status = frame.number<std::uint32_t>();
    for (std::string* text : {&problem.code, &problem.detail, &problem.errors, &problem.extensions})
        *text = frame.text(kMaxProblemBytes);
}

bool take_problem(FrameReader frame, CallAnswer& answer) {
    PluginProblem& problem = answer.response.problem.emplace();
    read_problem(frame, problem);
    answer.responded = true;
    return frame.done() && is_sound_problem(problem);
}

}  // namespace

void encode_call(Channel& channel, const base::RequestContext& context, Access access,
                 const PluginRequest& request, base::Monotonic now) {
    FrameWriter frame = channel.frame(FrameType::kCall);
    frame.number(request.route).number(static_cast<std::uint8_t>(access == Access::kWrite));
    write_context(frame, context, now);
    frame.pairs(request.path).pairs(request.query).pairs(request.headers);
    frame.number<std::uint64_t>(request.body.size()).rest(request.body.substr(0, kPieceBytes));
}

std::optional<CallMessage> decode_call(std::string_view payload, base::Monotonic now) {
    FrameReader frame(payload);
    CallMessage call;
    call.route = frame.number<std::uint32_t>();
    call.access = frame.number_in<std::uint8_t>(0, 1) == 1 ? Access::kWrite : Access::kRead;
    read_context(frame, call.context, now);
    call.path = frame.pairs(kMaxPairs, kMaxPairBytes);
    call.query = frame.pairs(kMaxPairs, kMaxPairBytes);
    call.headers = frame.pairs(kMaxPairs, kMaxPairBytes);
    call.body_size = frame.number<std::uint64_t>();
    call.body = frame.rest(kPieceBytes);
    if (!frame.good()) return std::nullopt;
    return call;
}

void encode_serve(Channel& channel, const base::RequestContext& context, Access access,
                  const MethodRequest& request, base::Monotonic now) {
    FrameWriter frame = channel.frame(FrameType::kServe);
    frame.number(request.method).number(static_cast<std::uint8_t>(access == Access::kWrite));
    write_context(frame, context, now);
    frame.text(request.caller.plugin);
    frame.number<std::uint64_t>(request.input.size()).rest(request.input.substr(0, kPieceBytes));
}

std::optional<ServeMessage> decode_serve(std::string_view payload, base::Monotonic now) {
    FrameReader frame(payload);
    ServeMessage call;
    call.method = frame.number<std::uint32_t>();
    call.access = frame.number_in<std::uint8_t>(0, 1) == 1 ? Access::kWrite : Access::kRead;
    read_context(frame, call.context, now);
    call.caller = frame.text(kMaxName);
    call.input_size = frame.number<std::uint64_t>();
    call.input = frame.rest(kPieceBytes);
    if (!frame.good()) return std::nullopt;
    return call;
}

std::optional<PeerQuestion> decode_peer_question(std::string_view payload) {
    FrameReader frame(payload);
    PeerQuestion question;
    question.interface = frame.text(kMaxInterfaceName);
    question.method = frame.text(kMaxMethodName);
    question.input = frame.rest(kMaxPeerBytes);
    if (!frame.done()) return std::nullopt;
    return question;
}

void encode_peer_answer(Channel& channel, mortise_status status, const CallAnswer& so_far,
                        const PeerAnswer& answer) {
    FrameWriter frame = channel.frame(FrameType::kPeer);
    frame.number(status).number<std::uint64_t>(so_far.event_count).number<std::uint64_t>(so_far.event_bytes);
    frame.number(static_cast<std::uint8_t>(answer.problem.has_value()));
    if (answer.problem)
        write_problem(frame, *answer.problem);
    else
        frame.rest(answer.body);
}

std::optional<PeerAnswerMessage> decode_peer_answer(std::string_view payload) {
    FrameReader frame(payload);
    PeerAnswerMessage message;
    message.status = frame.number<mortise_status>();
    message.event_count = frame.number<std::uint64_t>();
    message.event_bytes = frame.number<std::uint64_t>();
    if (frame.number_in<std::uint8_t>(0, 1) == 1)
        read_problem(frame, message.answer.problem.emplace());
    else
        message.answer.body = frame.rest(kMaxPeerBytes);
    // One that is not there could not be shown.
    const bool refused = message.status == MORTISE_E_REFUSED;
    if (!frame.done() || refused != message.answer.problem.has_value()) return std::nullopt;
    return message;
}

std::optional<StatementMessage> decode_statement(std::string_view payload) {
    FrameReader frame(payload);
    StatementMessage statement;
    statement.wants_rows = frame.number_in<std::uint8_t>(0, 1) == 1;
    statement.name = frame.text(kMaxName);
    const auto count = frame.number_in<std::uint32_t>(0, kMaxValues);
    for (std::uint32_t i = 0; i < count; ++i)
        statement.values.push_back(frame.value(kMaxFrameBytes));
    if (!frame.done()) return std::nullopt;
    for (const storage::Value& value : statement.values)
        if (const auto* text = std::get_if<std::string_view>(&value);
            text != nullptr && !base::is_utf8(*text))
            return std::nullopt;
    return statement;
}

std::optional<LicenceQuestion> decode_licence_question(std::string_view payload) {
    FrameReader frame(payload);
    LicenceQuestion question;
    question.what =
        static_cast<LicenceQuestion::What>(frame.number_in<std::uint8_t>(0, LicenceQuestion::kCount));
    question.name = frame.text(kMaxLicenceName);
    question.amount = frame.number<std::uint64_t>();
    if (!frame.done()) return std::nullopt;
    return question;
}

std::optional<FlagQuestionMessage> decode_flag_question(std::string_view payload) {
    FrameReader frame(payload);
    FlagQuestionMessage question;
    question.key = frame.text(kMaxFlagKey);
    question.targeting_key = frame.text(kMaxTargetingKey);
    question.attributes = frame.text(kMaxAttributeJson);
    if (!frame.done() || !base::is_utf8(question.targeting_key)) return std::nullopt;
    return question;
}

void encode_flag_answer(Channel& channel, mortise_status status, const flags::Evaluation& evaluation) {
    channel.frame(FrameType::kFlag)
        .number(status)
        .number(static_cast<std::uint8_t>(evaluation.found))
        .number(static_cast<std::uint8_t>(evaluation.reason))
        .number(static_cast<std::uint8_t>(evaluation.error))
        .text(evaluation.detail)
        .text(evaluation.variant)
        .text(evaluation.value);
}

std::optional<FlagAnswerMessage> decode_flag_answer(std::string_view payload) {
    FrameReader frame(payload);
    FlagAnswerMessage answer;
    answer.status = frame.number<mortise_status>();
    auto& evaluation = answer.evaluation;
    evaluation.found = frame.number_in<std::uint8_t>(0, 1) == 1;
    evaluation.reason = static_cast<flags::Reason>(
        frame.number_in<std::uint8_t>(0, static_cast<std::uint8_t>(flags::Reason::kError)));
    evaluation.error = static_cast<flags::ErrorCode>(
        frame.number_in<std::uint8_t>(0, static_cast<std::uint8_t>(flags::ErrorCode::kGeneral)));
    evaluation.detail = frame.text(kMaxText);
    evaluation.variant = frame.text(kMaxText);
    evaluation.value = frame.text(kMaxFrameBytes);
    if (!frame.done()) return std::nullopt;
    return answer;
}

void encode_tables(Channel& channel, const PluginTables& tables) {
    FrameWriter frame = channel.frame(FrameType::kReady);
    frame.number(static_cast<std::uint32_t>(tables.routes.size()));
    for (const PluginRoute& route : tables.routes) {
        frame.number(static_cast<std::uint8_t>(route.method));
        frame.number(static_cast<std::uint8_t>(route.access == Access::kWrite));
        frame.number(static_cast<std::uint8_t>(route.idempotency_key));
        frame.number(static_cast<std::uint8_t>(route.reads_first));
        frame.number(route.body_limit).number(route.success_status);
        for (const std::string* text :
             {&route.pattern, &route.name, &route.summary, &route.scope, &route.entitlement, &route.flag,
              &route.request_type, &route.request_schema, &route.response_type, &route.response_schema,
              &route.parameters})
            frame.text(*text);
    }
    frame.number(static_cast<std::uint32_t>(tables.methods.size()));
    for (const PluginMethod& method : tables.methods) {
        frame.number(static_cast<std::uint8_t>(method.access == Access::kWrite));
        frame.text(method.interface).text(method.name);
    }
}

std::optional<PluginTables> decode_tables(std::string_view payload) {
    FrameReader frame(payload);
    PluginTables tables;
    const auto routes = frame.number_in<std::uint32_t>(0, kMaxRouteCount);
    for (std::uint32_t i = 0; i < routes && frame.good(); ++i)
        tables.routes.push_back(read_route(frame));
    const auto methods = frame.number_in<std::uint32_t>(0, kMaxMethodCount);
    for (std::uint32_t i = 0; i < methods && frame.good(); ++i) {
        PluginMethod& method = tables.methods.emplace_back();
        method.access = frame.number_in<std::uint8_t>(0, 1) == 1 ? Access::kWrite : Access::kRead;
        method.interface = frame.text(kMaxInterfaceName);
        method.name = frame.text(kMaxMethodName);
    }
    if (!frame.done()) return std::nullopt;
    return tables;
}

ChannelState send_events(Channel& channel, CallAnswer& answer) {
    for (const events::Event& event : answer.events) {
        channel.frame(FrameType::kEvent).text(event.type).text(event.subject).text(event.data);
        if (channel.pending() < kPieceBytes) continue;
        if (const auto state = channel.flush(base::Monotonic::max()); state != ChannelState::kGood)
            return state;
    }
    answer.events.clear();
    return ChannelState::kGood;
}

ChannelState send_answer(Channel& channel, CallAnswer& answer, mortise_status status) {
    constexpr auto kNoDeadline = base::Monotonic::max();
    const PluginResponse& response = answer.response;
    if (response.problem) {
        FrameWriter frame = channel.frame(FrameType::kProblem);
        write_problem(frame, *response.problem);
    } else if (answer.responded) {
        if (const auto state = send_events(channel, answer); state != ChannelState::kGood) return state;
        channel.frame(FrameType::kRespond).number(response.status).pairs(&response.headers);
        for (std::size_t sent = 0; sent < response.body.size(); sent += kPieceBytes) {
            channel.frame(FrameType::kWrite).rest(std::string_view(response.body).substr(sent, kPieceBytes));
            if (const auto state = sent + kPieceBytes < response.body.size() ? channel.flush(kNoDeadline)
                                                                             : ChannelState::kGood;
                state != ChannelState::kGood)
                return state;
        }
    }
    channel.frame(FrameType::kReturn).number(status);
    return channel.flush(kNoDeadline);
}

bool take_answer_frame(const Frame& frame, const Manifest& manifest, Access access, CallAnswer& answer) {
    switch (frame.type) {
        case FrameType::kEvent:
            return access == Access::kWrite && take_event(FrameReader(frame.payload), manifest, answer);
        case FrameType::kRespond:
            return !answer.responded && take_response(FrameReader(frame.payload), answer);
        case FrameType::kProblem:
            return !answer.responded && take_problem(FrameReader(frame.payload), answer);
        case FrameType::kWrite:
            if (!answer.responded || answer.response.problem || frame.payload.size() > kPieceBytes ||
                answer.response.body.size() + frame.payload.size() > kMaxResponseBytes)
                return false;
            answer.response.body += frame.payload;
            return true;
        default:
            return false;
    }
}

std::string encode_log_line(const PluginLogLine& line) {
    std::string text(kLogMark);
    FrameWriter frame(text, FrameType::kEvent);
    frame.number(static_cast<std::uint8_t>(line.level)).text(line.request_id).text(line.tenant);
    frame.text(line.message).number(static_cast<std::uint32_t>(line.fields.size()));
    for (const auto& [name, value] : line.fields)
        frame.text(name).text(value);
    return text;
}

std::optional<PluginLogLine> decode_log_line(std::string_view datagram) {
    if (!datagram.starts_with(kLogMark)) return std::nullopt;
    datagram.remove_prefix(kLogMark.size());
    FrameReader frame(datagram.substr(std::min(kFrameHead, datagram.size())));
    PluginLogLine line;
    line.level = static_cast<telemetry::Level>(frame.number_in<std::uint8_t>(0, 3));
    line.request_id = frame.text(kMaxName);
    line.tenant = frame.text(kMaxName);
    line.message = frame.text(kMaxLogBytes);
    const auto count = frame.number_in<std::uint32_t>(0, kMaxLogFields);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::string_view name = frame.text(kMaxLogName);
        line.fields.emplace_back(name, frame.text(kMaxLogBytes));
    }
    if (!frame.done()) return std::nullopt;
    return line;
}

}  // namespace mortise::host
