#include "core/host/worker_backend.hpp"

#include "core/flags/value_writer.hpp"
#include "core/host/flag_counts.hpp"
#include "mortise/abi/services.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace mortise::host {
namespace {

constexpr auto kNever = base::Monotonic::max();
constexpr std::size_t kMaxStatementName = 256;

// A frame that the protocol does not have here: the two programs are not of one build.
[[noreturn]] void leave() {
    ::_exit(1);
}

mortise_status push(const mortise_sink& sink, std::string_view rows) {
    return sink.push(sink.context, reinterpret_cast<const std::uint8_t*>(rows.data()), rows.size());
}

}  // namespace

Frame ask_host(Channel& channel) {
    Frame frame;
    if (channel.flush(kNever) != ChannelState::kGood || channel.receive(frame, kNever) != ChannelState::kGood)
        leave();
    return frame;
}

mortise_status ChannelBackend::read_body(std::uint8_t* buffer, std::uint64_t capacity, std::uint64_t& read) {
    if (body_begin_ == body_.size() && body_left_ > 0) {
        channel_.frame(FrameType::kReadBody);
        const Frame piece = ask_host(channel_);
        if (piece.type != FrameType::kBody || piece.payload.size() > body_left_) leave();
        body_ = piece.payload;
        body_begin_ = 0;
        body_left_ -= body_.size();
    }
    read = std::min<std::uint64_t>(capacity, body_.size() - body_begin_);
    if (read > 0) std::memcpy(buffer, body_.data() + body_begin_, read);
    body_begin_ += read;
    return MORTISE_OK;
}

mortise_status ChannelBackend::settings(std::string& json) {
    channel_.frame(FrameType::kGetSettings);
    const Frame frame = ask_host(channel_);
    if (frame.type != FrameType::kSettings) leave();
    json = frame.payload;
    return MORTISE_OK;
}

mortise_status ChannelBackend::run(std::string_view name, std::span<const storage::Value> values,
                                   const mortise_sink* sink, std::int64_t& changed) {
    if (name.size() > kMaxStatementName) return MORTISE_E_NOT_FOUND;
    {
        FrameWriter frame = channel_.frame(FrameType::kRunStatement);
        frame.number(static_cast<std::uint8_t>(sink != nullptr)).text(name);
        frame.number(static_cast<std::uint32_t>(values.size()));
        for (const storage::Value& value : values)
            frame.value(value);
    }
    mortise_status sunk = MORTISE_OK;
    Frame frame = ask_host(channel_);
    while (frame.type == FrameType::kRows && sink != nullptr) {
        sunk = push(*sink, frame.payload);
        channel_.frame(FrameType::kMoreRows).number(static_cast<std::uint8_t>(sunk == MORTISE_OK));
        frame = ask_host(channel_);
    }
    if (frame.type != FrameType::kSqlEnd) leave();
    FrameReader end(frame.payload);
    const auto status = end.number<mortise_status>();
    changed = end.number<std::int64_t>();
    const std::string_view rows = end.rest(kMaxFrameBytes);
    // Rows that came before a failure are shown, as in the host's own process.
    if (sunk == MORTISE_OK && !rows.empty() && sink != nullptr) sunk = push(*sink, rows);
    if (status != MORTISE_OK) return status;
    return sunk == MORTISE_E_STOPPED ? MORTISE_OK : sunk;
}

mortise_status ChannelBackend::ask_licence(LicenceQuestion::What what, std::string_view name,
                                           std::uint64_t amount, Allowance& answer) {
    channel_.frame(FrameType::kAskLicence).number(static_cast<std::uint8_t>(what)).text(name).number(amount);
    const Frame frame = ask_host(channel_);
    if (frame.type != FrameType::kLicence) leave();
    FrameReader reader(frame.payload);
    const auto status = reader.number<mortise_status>();
    answer.most = reader.number<std::uint64_t>();
    answer.soft = reader.number_in<std::uint8_t>(0, 1) == 1;
    if (!reader.done()) leave();
    return status;
}

mortise_status ChannelBackend::entitled(std::string_view feature, bool& yes) {
    Allowance answer;
    const mortise_status status = ask_licence(LicenceQuestion::kEntitled, feature, 0, answer);
    yes = answer.most == 1;
    return status;
}

mortise_status ChannelBackend::limit(std::string_view name, Allowance& allowance) {
    return ask_licence(LicenceQuestion::kLimit, name, 0, allowance);
}

mortise_status ChannelBackend::flag(const FlagQuestion& question, flags::Evaluation& answer) {
    if (!manifest_.asks_for(MORTISE_FLAGS_1) || !(manifest_.any_flag || manifest_.flag_number(question.key)))
        return MORTISE_E_DENIED;
    const flags::FlagSet* set = flags_.set_for(question.key);
    if (set == nullptr) return ask_flag(question, answer);
    answer = set->evaluate({.tenant = context_.tenant,
                            .tenant_slug = context_.tenant_slug,
                            .plan = context_.plan,
                            .targeting_key = question.targeting_key,
                            .attributes = question.attributes,
                            .now = clock_.now() / base::kMicrosPerSecond},
                           question.key);
    answered_.count(answer, [this](auto counts) { report(counts); });
    return MORTISE_OK;
}

void ChannelBackend::report_flags() {
    answered_.empty([this](auto counts) { report(counts); });
}

// Beyond the limit nothing is counted any more: the host takes no more reports of one call.
void ChannelBackend::report(std::span<const flags::FlagCount> counts) {
    if (reports_ == kMaxFlagReports) return;
    ++reports_;
    encode_flag_counts(channel_, manifest_, counts);
    if (channel_.pending() >= kPieceBytes && channel_.flush(kNever) != ChannelState::kGood) leave();
}

mortise_status ChannelBackend::ask_flag(const FlagQuestion& question, flags::Evaluation& answer) {
    std::string attributes;
    flags::append_json(attributes, question.attributes);
    channel_.frame(FrameType::kAskFlag).text(question.key).text(question.targeting_key).text(attributes);
    const Frame frame = ask_host(channel_);
    if (frame.type != FrameType::kFlag) leave();
    const auto told = decode_flag_answer(frame.payload);
    if (!told) leave();
    answer = told->evaluation;
    answer.key = question.key;
    return told->status;
}

mortise_status ChannelBackend::peer(const PeerQuestion& question, CallAnswer& so_far, PeerAnswer& answer) {
    if (send_events(channel_, so_far) != ChannelState::kGood) leave();
    channel_.frame(FrameType::kCallPeer).text(question.interface).text(question.method).rest(question.input);
    const Frame frame = ask_host(channel_);
    if (frame.type != FrameType::kPeer) leave();
    auto told = decode_peer_answer(frame.payload);
    if (!told) leave();
    so_far.event_count = told->event_count;
    so_far.event_bytes = told->event_bytes;
    answer = std::move(told->answer);
    return told->status;
}

mortise_status ChannelBackend::count(std::string_view meter, std::uint64_t amount) {
    Allowance none;
    return ask_licence(LicenceQuestion::kCount, meter, amount, none);
}

}  // namespace mortise::host
