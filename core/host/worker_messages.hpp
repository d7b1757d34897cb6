#pragma once

#include "core/base/request_context.hpp"
#include "core/flags/evaluation.hpp"
#include "core/host/call_answer.hpp"
#include "core/host/peer.hpp"
#include "core/host/plugin_log.hpp"
#include "core/host/service_backend.hpp"
#include "core/host/worker_channel.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the frames of worker_codec.hpp hold. An encoder appends frames to a channel or a text; a decoder
// answers nullopt for what is malformed or beyond a limit.
namespace mortise::host {

struct CallMessage {
    std::uint32_t route = 0;
    storage::Access access = storage::Access::kRead;
    base::RequestContext context;  // without the labels of the principals and the session
    Pairs path;
    Pairs query;
    Pairs headers;
    std::uint64_t body_size = 0;
    std::string_view body;  // the first piece
};

struct ServeMessage {
    std::uint32_t method = 0;
    storage::Access access = storage::Access::kRead;
    base::RequestContext context;  // as above
    std::string_view caller;
    std::uint64_t input_size = 0;
    std::string_view input;  // the first piece
};

void encode_serve(Channel& channel, const base::RequestContext& context, storage::Access access,
                  const MethodRequest& request, base::Monotonic now);
std::optional<ServeMessage> decode_serve(std::string_view payload, base::Monotonic now);

void encode_call(Channel& channel, const base::RequestContext& context, storage::Access access,
                 const PluginRequest& request, base::Monotonic now);
std::optional<CallMessage> decode_call(std::string_view payload, base::Monotonic now);

struct StatementMessage {
    bool wants_rows = false;
    std::string_view name;
    std::vector<storage::Value> values;  // views into the payload
};

std::optional<StatementMessage> decode_statement(std::string_view payload);

// What a worker asks of the licence.
struct LicenceQuestion {
    enum What : std::uint8_t { kEntitled, kLimit, kCount };
    What what = kEntitled;
    std::string_view name;     // of a feature, a limit or a meter
    std::uint64_t amount = 0;  // to count
};
inline constexpr std::size_t kMaxLicenceName = 256;

std::optional<LicenceQuestion> decode_licence_question(std::string_view payload);

// What a worker asks of a flag that it does not hold, and the answer. `attributes` is an object.
struct FlagQuestionMessage {
    std::string_view key;
    std::string_view targeting_key;
    std::string_view attributes;  // JSON
};
inline constexpr std::size_t kMaxFlagKey = 128;
inline constexpr std::size_t kMaxTargetingKey = 1024;
inline constexpr std::size_t kMaxAttributeBytes = 64UL * 1024;
// What the attributes' JSON may have: its numbers and escapes can be longer than what was counted.
inline constexpr std::size_t kMaxAttributeJson = 8 * kMaxAttributeBytes;
std::optional<FlagQuestionMessage> decode_flag_question(std::string_view payload);

struct FlagAnswerMessage {
    mortise_status status = 0;
    flags::Evaluation evaluation;  // without the key; views into the payload
};
void encode_flag_answer(Channel& channel, mortise_status status, const flags::Evaluation& evaluation);
std::optional<FlagAnswerMessage> decode_flag_answer(std::string_view payload);

// What a worker wants of another plugin, and what it gets for it.
std::optional<PeerQuestion> decode_peer_question(std::string_view payload);

struct PeerAnswerMessage {
    mortise_status status = 0;
    std::size_t event_count = 0;  // what the call and those that it made have published
    std::size_t event_bytes = 0;
    PeerAnswer answer;
};
void encode_peer_answer(Channel& channel, mortise_status status, const CallAnswer& so_far,
                        const PeerAnswer& answer);
std::optional<PeerAnswerMessage> decode_peer_answer(std::string_view payload);

// The tables as the worker describes them; the host checks them again (check_tables).
void encode_tables(Channel& channel, const PluginTables& tables);
std::optional<PluginTables> decode_tables(std::string_view payload);

// Sends what was published and forgets it, so that what others publish comes behind it.
ChannelState send_events(Channel& channel, CallAnswer& answer);
// The frames of an answer: events, then the response in pieces or the problem, then the status.
ChannelState send_answer(Channel& channel, CallAnswer& answer, mortise_status status);
// Adds one frame of an answer (kEvent, kRespond, kProblem, kWrite) to it. False: the worker does what it may
// not.
bool take_answer_frame(const Frame& frame, const Manifest& manifest, storage::Access access,
                       CallAnswer& answer);

// A datagram of the log socket; nullopt: no such line, but something that the plugin printed.
std::string encode_log_line(const PluginLogLine& line);
std::optional<PluginLogLine> decode_log_line(std::string_view datagram);

}  // namespace mortise::host
