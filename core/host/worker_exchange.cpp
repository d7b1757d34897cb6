#include "core/host/worker_exchange.hpp"

#include "core/flags/value_reader.hpp"
#include "core/host/flag_abi.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

namespace mortise::host {
namespace {

constexpr std::chrono::milliseconds kGrace{500};

}  // namespace

ChannelState WorkerExchange::run(const base::RequestContext& context, const PluginRequest& request) {
    encode_call(channel_, context, access_, request, clock_.monotonic());
    return converse();
}

ChannelState WorkerExchange::run(const base::RequestContext& context, const MethodRequest& request) {
    encode_serve(channel_, context, access_, request, clock_.monotonic());
    return converse();
}

ChannelState WorkerExchange::converse() {
    ChannelState state = channel_.flush(deadline_);
    while (state == ChannelState::kGood && !returned_) {
        Frame frame;
        state = channel_.receive(frame, deadline_);
        if (state == ChannelState::kGood) state = serve(frame);
    }
    return state;
}

ChannelState WorkerExchange::serve(const Frame& frame) {
    switch (frame.type) {
        case FrameType::kReadBody:
            return send_body();
        case FrameType::kGetSettings:
            return send_settings();
        case FrameType::kRunStatement:
            return run_statement(frame);
        case FrameType::kAskLicence:
            return answer_of_licence(frame);
        case FrameType::kAskFlag:
            return answer_of_flag(frame);
        case FrameType::kFlagCounts:
            return take_flag_counts(frame);
        case FrameType::kCallPeer:
            return call_peer(frame);
        case FrameType::kReturn: {
            FrameReader reader(frame.payload);
            status_ = reader.number<mortise_status>();
            returned_ = true;
            return reader.done() ? ChannelState::kGood : ChannelState::kBroken;
        }
        default:
            return take_answer_frame(frame, manifest_, access_, answer_) ? ChannelState::kGood
                                                                         : ChannelState::kBroken;
    }
}

ChannelState WorkerExchange::send_body() {
    std::string piece(kPieceBytes, '\0');
    std::uint64_t read = 0;
    (void)backend_.read_body(reinterpret_cast<std::uint8_t*>(piece.data()), piece.size(), read);
    channel_.frame(FrameType::kBody).rest(std::string_view(piece).substr(0, read));
    return channel_.flush(deadline_);
}

ChannelState WorkerExchange::send_settings() {
    std::string json;
    (void)backend_.settings(json);
    channel_.frame(FrameType::kSettings).rest(json);
    return channel_.flush(deadline_);
}

ChannelState WorkerExchange::run_statement(const Frame& frame) {
    const auto statement = decode_statement(frame.payload);
    if (!statement) return ChannelState::kBroken;
    kept_rows_.clear();
    const mortise_sink sink{this, &WorkerExchange::push};
    std::int64_t changed = 0;
    const mortise_status status =
        backend_.run(statement->name, statement->values, statement->wants_rows ? &sink : nullptr, changed);
    if (rows_state_ != ChannelState::kGood) return rows_state_;
    if (status == MORTISE_E_TIMEOUT) extend_deadline();
    channel_.frame(FrameType::kSqlEnd).number(status).number(changed).rest(kept_rows_);
    return channel_.flush(deadline_);
}

ChannelState WorkerExchange::answer_of_licence(const Frame& frame) {
    const auto question = decode_licence_question(frame.payload);
    if (!question) return ChannelState::kBroken;
    Allowance answer;
    bool yes = false;
    mortise_status status = MORTISE_OK;
    switch (question->what) {
        case LicenceQuestion::kEntitled:
            status = backend_.entitled(question->name, yes);
            answer.most = yes ? 1 : 0;
            break;
        case LicenceQuestion::kLimit:
            status = backend_.limit(question->name, answer);
            break;
        case LicenceQuestion::kCount:
            status = backend_.count(question->name, question->amount);
            break;
    }
    if (status == MORTISE_E_TIMEOUT) extend_deadline();
    channel_.frame(FrameType::kLicence)
        .number(status)
        .number(answer.most)
        .number(static_cast<std::uint8_t>(answer.soft));
    return channel_.flush(deadline_);
}

ChannelState WorkerExchange::answer_of_flag(const Frame& frame) {
    const auto question = decode_flag_question(frame.payload);
    if (!question) return ChannelState::kBroken;
    flags::Arena memory(kMaxAttributeMemory);
    const auto attributes = flags::read_value(
        question->attributes, {.size = kMaxAttributeJson, .depth = kMaxAttributeDepth + 1}, memory);
    if (!attributes.ok() || !attributes->is_object()) return ChannelState::kBroken;
    flags::Evaluation answer;
    const mortise_status status =
        backend_.flag({question->key, question->targeting_key, attributes->members()}, answer);
    encode_flag_answer(channel_, status, answer);
    return channel_.flush(deadline_);
}

ChannelState WorkerExchange::take_flag_counts(const Frame& frame) {
    const flags::FlagSet* set = backend_.flags();
    if (set == nullptr) return ChannelState::kBroken;
    const auto counts = reports_.take(frame.payload, *set, backend_.tenant());
    if (!counts) return ChannelState::kBroken;
    backend_.count_flags(*counts);
    return ChannelState::kGood;
}

// The other plugin runs here, on this thread, or in a worker of its own; this one waits for the answer.
ChannelState WorkerExchange::call_peer(const Frame& frame) {
    const auto question = decode_peer_question(frame.payload);
    if (!question) return ChannelState::kBroken;
    PeerAnswer answer;
    const mortise_status status = backend_.peer(*question, answer_, answer);
    if (status == MORTISE_E_TIMEOUT || clock_.monotonic() >= deadline_) extend_deadline();
    encode_peer_answer(channel_, status, answer_, answer);
    return channel_.flush(deadline_);
}

// Once a call: a slow database is not the worker's fault, and should cost nobody a worker; nor is another
// plugin.
void WorkerExchange::extend_deadline() {
    if (std::exchange(extended_, true)) return;
    deadline_ = std::max(deadline_, clock_.monotonic() + kGrace);
}

mortise_status WorkerExchange::push(void* context, const std::uint8_t* data, std::uint64_t size) noexcept {
    auto& self = *static_cast<WorkerExchange*>(context);
    try {
        return self.push_rows({reinterpret_cast<const char*>(data), size});
    } catch (const std::bad_alloc&) {
        return MORTISE_E_UNAVAILABLE;
    }
}

mortise_status WorkerExchange::push_rows(std::string_view rows) {
    if (kept_rows_.empty()) {
        kept_rows_ = rows;
        return MORTISE_OK;
    }
    channel_.frame(FrameType::kRows).rest(kept_rows_);
    kept_rows_ = rows;
    Frame frame;
    rows_state_ = channel_.flush(deadline_);
    if (rows_state_ == ChannelState::kGood) rows_state_ = channel_.receive(frame, deadline_);
    if (rows_state_ != ChannelState::kGood) return MORTISE_E_STOPPED;
    FrameReader reader(frame.payload);
    const bool more = reader.number_in<std::uint8_t>(0, 1) == 1;
    if (frame.type != FrameType::kMoreRows || !reader.done()) rows_state_ = ChannelState::kBroken;
    return more && rows_state_ == ChannelState::kGood ? MORTISE_OK : MORTISE_E_STOPPED;
}

}  // namespace mortise::host
