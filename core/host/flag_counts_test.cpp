// What a worker reports of the flags that it answered, and what the host believes of it.
#include "core/host/flag_counts.hpp"

#include "core/flags/flag_set_builder.hpp"
#include "core/host/held_flags.hpp"
#include "core/host/sent_flags.hpp"
#include "core/host/worker_backend.hpp"
#include "mortise/abi/services.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace mortise::host {
namespace {

constexpr const char* kSwitch =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})";

base::Uuid tenant_of(std::uint8_t number) {
    base::Uuid id;
    id.bytes[15] = number;
    return id;
}

class FlagCountsTest : public testing::Test {
 protected:
    FlagCountsTest() {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
        host_.emplace(base::UniqueFd(ends[0]));
        worker_.emplace(base::UniqueFd(ends[1]));
        manifest_.services = {MORTISE_FLAGS_1};
        manifest_.flags = {"a", "b", "c"};
        flags::FlagSetBuilder builder;
        add(builder, {}, "a", kSwitch);
        add(builder, {}, "b", R"({"state":"DISABLED","variants":{"x":1},"defaultVariant":"x"})");
        add(builder, tenant_of(2), "c", kSwitch);
        add(builder, {}, "unlisted", kSwitch);
        add(builder, {}, "archived", kSwitch, flags::FlagSwitch::kArchived);
        builder.add_override(tenant_of(1), "a", "ada", "on");
        set_ = builder.build();
    }
    static void add(flags::FlagSetBuilder& builder, const base::Uuid& owner, std::string_view key,
                    std::string_view definition, flags::FlagSwitch state = flags::FlagSwitch::kOn) {
        builder.add_flag(
            owner, std::make_shared<const flags::CompiledFlag>(key, *flags::parse_definition(definition), ""),
            state);
    }

    static std::string shown(const std::optional<std::vector<flags::FlagCount>>& counts) {
        if (!counts) return "malformed";
        std::string all;
        for (const auto& one : *counts)
            all.append(one.key).append(" ").append(one.variant).append(" ") +=
                std::to_string(one.count) + ", ";
        return all;
    }
    struct Entry {
        std::uint32_t flag;
        std::string variant;
        std::uint32_t count;
    };
    static std::string frame_of(const std::vector<Entry>& entries) {
        std::string frame;
        {
            FrameWriter writer(frame, FrameType::kFlagCounts);
            writer.number(static_cast<std::uint32_t>(entries.size()));
            for (const auto& one : entries)
                writer.number(one.flag).text(one.variant).number(one.count);
        }
        return frame.substr(kFrameHead);
    }
    std::string take(const std::string& payload, std::uint8_t tenant = 1) const {
        return shown(FlagReports(manifest_).take(payload, set_, tenant_of(tenant)));
    }
    // What the worker has sent.
    Frame received() {
        Frame frame;
        EXPECT_EQ(worker_->flush(base::Monotonic::max()), ChannelState::kGood);
        EXPECT_EQ(host_->receive(frame, base::Monotonic::max()), ChannelState::kGood);
        return frame;
    }

    base::SystemClock clock_;
    Manifest manifest_;
    flags::FlagSet set_;
    std::optional<Channel> host_, worker_;
};

TEST_F(FlagCountsTest, AWorkerReportsWhatItAnswered) {
    base::RequestContext context;
    context.tenant = tenant_of(1);
    SentFlags sent;
    HeldFlags held(manifest_);
    sent.show(*host_, set_, context, manifest_.flags, 1'000'000);
    Frame shown_flags;
    ASSERT_EQ(host_->flush(base::Monotonic::max()), ChannelState::kGood);
    ASSERT_EQ(worker_->receive(shown_flags, base::Monotonic::max()), ChannelState::kGood);
    ASSERT_TRUE(held.take(shown_flags.payload));

    ChannelBackend backend(*worker_, manifest_, held, context, clock_, {}, 0);
    backend.report_flags();
    EXPECT_EQ(worker_->pending(), 0U) << "nothing was asked";
    flags::Evaluation answer;
    for (const char* const key : {"a", "a", "b", "c"})
        ASSERT_EQ(backend.flag({key, {}, {}}, answer), MORTISE_OK);
    ASSERT_EQ(backend.flag({"a", "ada", {}}, answer), MORTISE_OK);
    EXPECT_EQ(worker_->pending(), 0U) << "it goes with the call's answer";
    backend.report_flags();
    const Frame frame = received();
    ASSERT_EQ(frame.type, FrameType::kFlagCounts);
    EXPECT_EQ(take(std::string(frame.payload)), "a off 2, b  1, a on 1, ") << "c is another tenant's";
    backend.report_flags();
    EXPECT_EQ(worker_->pending(), 0U) << "once";
}

TEST_F(FlagCountsTest, AWorkerReportsSoOftenACall) {
    base::RequestContext context;
    context.tenant = tenant_of(1);
    HeldFlags held(manifest_);
    SentFlags sent;
    sent.show(*host_, set_, context, manifest_.flags, 1'000'000);
    Frame frame;
    ASSERT_EQ(host_->flush(base::Monotonic::max()), ChannelState::kGood);
    ASSERT_EQ(worker_->receive(frame, base::Monotonic::max()), ChannelState::kGood);
    ASSERT_TRUE(held.take(frame.payload));
    ChannelBackend backend(*worker_, manifest_, held, context, clock_, {}, 0);
    FlagReports reports(manifest_);
    flags::Evaluation answer;
    for (std::size_t i = 0; i < kMaxFlagReports; ++i) {
        ASSERT_EQ(backend.flag({"a", {}, {}}, answer), MORTISE_OK);
        backend.report_flags();
        EXPECT_EQ(shown(reports.take(received().payload, set_, context.tenant)), "a off 1, ") << i;
    }
    ASSERT_EQ(backend.flag({"a", {}, {}}, answer), MORTISE_OK);
    backend.report_flags();
    EXPECT_EQ(worker_->pending(), 0U);
    EXPECT_EQ(shown(reports.take(frame_of({{0, "on", 1}}), set_, context.tenant)), "malformed");
}

TEST_F(FlagCountsTest, WhatTheTenantDoesNotHaveIsNotBelieved) {
    EXPECT_EQ(take(frame_of({{0, "on", 3}, {0, "", 2}})), "a on 3, a  2, ");
    EXPECT_EQ(take(frame_of({{0, "maybe", 3}, {0, "o", 1}, {0, "onn", 1}, {0, std::string(128, 'v'), 1}})),
              "")
        << "no such variant";
    EXPECT_EQ(take(frame_of({{2, "on", 3}, {0, "off", 1}})), "a off 1, ") << "another tenant's flag";
    EXPECT_EQ(take(frame_of({{2, "on", 3}, {2, "", 1}}), 2), "c on 3, c  1, ");
    manifest_.flags = {"archived", "gone"};
    EXPECT_EQ(take(frame_of({{0, "on", 1}, {1, "on", 1}, {1, "", 1}})), "");
}

TEST_F(FlagCountsTest, WhatIsMalformedIsRefused) {
    const std::string sound = frame_of({{0, "on", 1}, {1, "x", 2}});
    for (std::size_t size = 0; size < sound.size(); ++size)
        EXPECT_EQ(take(sound.substr(0, size)), "malformed") << size;
    EXPECT_EQ(take(sound + "x"), "malformed");
    EXPECT_EQ(take(frame_of({})), "malformed");
    EXPECT_EQ(take(frame_of({{3, "on", 1}})), "malformed") << "no flag of the manifest, such as \"unlisted\"";
    EXPECT_EQ(take(frame_of({{0, "on", 0}})), "malformed");
    EXPECT_EQ(take(frame_of({{0, "on", flags::FlagTally::kMostOfOne + 1}})), "malformed");
    EXPECT_EQ(take(frame_of({{0, std::string(129, 'v'), 1}})), "malformed");
    EXPECT_EQ(take(frame_of(std::vector<Entry>(64, {0, "on", 1}))).substr(0, 6), "a on 1");
    EXPECT_EQ(take(frame_of(std::vector<Entry>(65, {0, "on", 1}))), "malformed");
    manifest_.flags.clear();
    EXPECT_EQ(take(sound), "malformed") << "a plugin that asks for none";
}

TEST_F(FlagCountsTest, OfOneCallOnlySoMuchIsCounted) {
    FlagReports reports(manifest_);
    const auto most = kMaxCountedOfCall;
    EXPECT_EQ(shown(reports.take(frame_of({{0, "on", most - 5}, {0, "gone", most}}), set_, tenant_of(1))),
              "a on " + std::to_string(most - 5) + ", ");
    EXPECT_EQ(shown(reports.take(frame_of({{0, "off", most}, {0, "on", 1}}), set_, tenant_of(1))),
              "a off 5, ");
    EXPECT_EQ(shown(reports.take(frame_of({{0, "off", 1}}), set_, tenant_of(1))), "");
}

// The counts outlive the frame.
TEST_F(FlagCountsTest, TextsAreThoseOfTheSet) {
    const std::string payload = frame_of({{0, "on", 1}});
    const auto counts = FlagReports(manifest_).take(payload, set_, tenant_of(1));
    ASSERT_TRUE(counts && counts->size() == 1);
    const auto& flag = *set_.find(tenant_of(1), "a");
    EXPECT_EQ((*counts)[0].key.data(), flag.key().data());
    EXPECT_EQ((*counts)[0].variant.data(), flag.variants()[1].name.data());
}

}  // namespace
}  // namespace mortise::host
