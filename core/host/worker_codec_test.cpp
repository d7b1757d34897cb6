#include "core/host/worker_codec.hpp"

#include "core/base/clock.hpp"
#include "core/host/worker_channel.hpp"
#include "core/host/worker_messages.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

namespace mortise::host {
namespace {

std::string payload_of(const std::string& frame) {
    return frame.substr(kFrameHead);
}

TEST(WorkerCodec, AFrameIsItsLengthItsTypeAndThePayload) {
    std::string out;
    FrameWriter(out, FrameType::kSettings).rest("{}");
    EXPECT_EQ(out, std::string("\x03\0\0\0\x04{}", 7));
}

TEST(WorkerCodec, EveryValueComesBack) {
    const base::Uuid id = base::Uuid::parse("018f3f4e-0000-7000-8000-000000000001").value();
    const std::vector<storage::Value> values = {storage::Null{},
                                                std::int64_t{-9007199254740993},
                                                0.1,
                                                std::string_view("düe"),
                                                std::string_view(""),
                                                storage::Bytes{std::string_view("\0\xff", 2)},
                                                id,
                                                true,
                                                false};
    std::string out;
    {
        FrameWriter frame(out, FrameType::kRunStatement);
        for (const storage::Value& value : values)
            frame.value(value);
    }
    const std::string payload = payload_of(out);
    FrameReader reader(payload);
    for (const storage::Value& value : values)
        EXPECT_EQ(reader.value(100), value);
    EXPECT_TRUE(reader.done());
}

TEST(WorkerCodec, WhatIsCutOffIsNotGood) {
    std::string out;
    FrameWriter(out, FrameType::kRespond).number(std::uint32_t{200}).text("abc").uuid({});
    const std::string payload = payload_of(out);
    for (std::size_t size = 0; size < payload.size(); ++size) {
        FrameReader reader(std::string_view(payload).substr(0, size));
        (void)reader.number<std::uint32_t>();
        (void)reader.text(3);
        (void)reader.uuid();
        EXPECT_FALSE(reader.good()) << size;
    }
}

TEST(WorkerCodec, SizesAndCountsHaveLimits) {
    std::string out;
    const Pairs pairs = {{"a", "b"}, {"c", "d"}};
    FrameWriter(out, FrameType::kRespond).pairs(&pairs);
    const std::string payload = payload_of(out);
    EXPECT_EQ(FrameReader(payload).pairs(2, 4), pairs);
    FrameReader too_many(payload), too_much(payload);
    (void)too_many.pairs(1, 100);
    EXPECT_FALSE(too_many.good());
    (void)too_much.pairs(2, 3);
    EXPECT_FALSE(too_much.good());
    // A count that the payload can't hold makes nothing big.
    FrameReader lying(std::string_view("\xff\xff\xff\x7f", 4));
    EXPECT_TRUE(lying.pairs(0x7fffffff, 100).empty());
    EXPECT_FALSE(lying.good());
}

TEST(WorkerCodec, AnUnknownTagOrATruthOfTwoIsNotGood) {
    FrameReader tag("\x07"), truth(std::string_view("\x06\x02", 2));
    (void)tag.value(10);
    EXPECT_FALSE(tag.good());
    (void)truth.value(10);
    EXPECT_FALSE(truth.good());
}

PeerAnswerMessage answered(std::string_view payload) {
    return decode_peer_answer(payload).value();
}

TEST(WorkerMessages, AnswersOfOtherPluginsComeBack) {
    const auto encoded = [&](mortise_status status, const PeerAnswer& answer) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        Channel host{base::UniqueFd(ends[0])}, worker{base::UniqueFd(ends[1])};
        CallAnswer so_far;
        so_far.event_count = 3;
        so_far.event_bytes = 1'000'000'000'000;
        encode_peer_answer(host, status, so_far, answer);
        Frame frame;
        EXPECT_EQ(host.flush(base::Monotonic::max()), ChannelState::kGood);
        EXPECT_EQ(worker.receive(frame, base::Monotonic::max()), ChannelState::kGood);
        EXPECT_EQ(frame.type, FrameType::kPeer);
        return std::string(frame.payload);
    };
    const std::string good = encoded(MORTISE_OK, {"{}", {}});
    EXPECT_EQ(answered(good).answer.body, "{}");
    EXPECT_EQ(answered(good).event_count, 3U);
    EXPECT_EQ(answered(good).event_bytes, 1'000'000'000'000U);
    const PluginProblem problem{409, "taken", "It is.", "[]", "{}"};
    const std::string refused = encoded(MORTISE_E_REFUSED, {{}, problem});
    EXPECT_EQ(answered(refused).answer.problem.value().extensions, "{}");
    EXPECT_FALSE(decode_peer_answer(encoded(MORTISE_OK, {{}, problem}))) << "a problem with a success";
    EXPECT_FALSE(decode_peer_answer(encoded(MORTISE_E_REFUSED, {}))) << "none with a refusal";
    for (std::size_t size = 0; size < refused.size(); ++size)
        EXPECT_FALSE(decode_peer_answer(std::string_view(refused).substr(0, size))) << size;
}

TEST(WorkerMessages, QuestionsToOtherPluginsHaveLimits) {
    const auto question = [](std::size_t interface, std::size_t method, std::size_t input) {
        std::string out;
        FrameWriter(out, FrameType::kCallPeer)
            .text(std::string(interface, 'i'))
            .text(std::string(method, 'm'))
            .rest(std::string(input, 'b'));
        return payload_of(out);
    };
    const std::string most = question(kMaxInterfaceName, kMaxMethodName, kMaxPeerBytes);
    ASSERT_TRUE(decode_peer_question(most));
    EXPECT_EQ(decode_peer_question(most)->input.size(), kMaxPeerBytes);
    EXPECT_FALSE(decode_peer_question(question(kMaxInterfaceName + 1, 1, 1)));
    EXPECT_FALSE(decode_peer_question(question(1, kMaxMethodName + 1, 1)));
    EXPECT_FALSE(decode_peer_question(question(1, 1, kMaxPeerBytes + 1)));
}

class WorkerChannel : public ::testing::Test {
 protected:
    WorkerChannel() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        EXPECT_TRUE(make_patient(ends[0]));
        host.emplace(base::UniqueFd(ends[0]));
        other.reset(ends[1]);
    }
    ChannelState receive() {
        return host->receive(frame, std::chrono::steady_clock::now() + std::chrono::milliseconds(50));
    }
    void write(std::string_view bytes) {
        ASSERT_EQ(::write(other.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }

    std::optional<Channel> host;
    base::UniqueFd other;
    Frame frame;
};

TEST_F(WorkerChannel, SeveralFramesOfOnePieceComeOneByOne) {
    write(std::string_view("\x02\0\0\0\x04x\x01\0\0\0\x07", 11));
    ASSERT_EQ(receive(), ChannelState::kGood);
    EXPECT_EQ(frame.payload, "x");
    ASSERT_EQ(receive(), ChannelState::kGood);
    EXPECT_EQ(frame.type, FrameType::kStop);
    EXPECT_TRUE(frame.payload.empty());
}

TEST_F(WorkerChannel, HalfAFrameIsWaitedForUntilTheDeadline) {
    write(std::string_view("\x09\0\0\0\x04", 5));
    EXPECT_EQ(receive(), ChannelState::kDeadline);
}

TEST_F(WorkerChannel, NoLengthAndTooMuchOfItAreBroken) {
    write(std::string_view("\0\0\0\0\0", 5));
    EXPECT_EQ(receive(), ChannelState::kBroken);
}

TEST_F(WorkerChannel, AFrameBeyondTheLimitIsBrokenBeforeItCame) {
    write(std::string_view("\xff\xff\xff\xff\x04", 5));
    EXPECT_EQ(receive(), ChannelState::kBroken);
}

TEST_F(WorkerChannel, TheEndIsTold) {
    other.reset();
    EXPECT_EQ(receive(), ChannelState::kClosed);
}

}  // namespace
}  // namespace mortise::host
