#include "core/events/outbox.hpp"

#include "tests/support/test_database.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace mortise::events {
namespace {

using storage::Access;
using storage::Unit;

class OutboxTest : public ::testing::Test {
 protected:
    OutboxTest() : outbox_(database_.clock()), tenant_(database_.make_tenant()) {
        context_.request_id = base::new_uuid(database_.clock());
        context_.correlation = base::new_uuid(database_.clock());
    }
    std::unique_ptr<Unit> begin(Access access) { return begin(tenant_, access); }
    std::unique_ptr<Unit> begin(const base::Uuid& tenant, Access access) {
        auto unit = tenant.is_nil() ? database_->begin_core(access, test::soon())
                                    : database_->begin_tenant(tenant, access, test::soon());
        if (!unit.ok()) throw std::runtime_error(unit.error().log_text);
        return std::move(unit).value();
    }
    static Event event(std::string subject) {
        return {"mortise.milestones.milestone.completed", "/plugins/milestones", std::move(subject),
                "{\"a\":1}"};
    }
    bool append(const base::Uuid& tenant, const std::vector<Event>& events) {
        auto unit = begin(tenant, Access::kWrite);
        const auto done = outbox_.append(*unit, context_, events);
        EXPECT_TRUE(done.ok()) << done.error().log_text;
        return done.ok() && unit->commit().ok();
    }

    test::TestDatabase database_;
    Outbox outbox_;
    base::Uuid tenant_;
    base::RequestContext context_;
};

TEST_F(OutboxTest, KeepsEventsInOrder) {
    EXPECT_TRUE(append(tenant_, {event("a"), event("b")}));
    EXPECT_TRUE(append(tenant_, {event("c")}));
    auto unit = begin(Access::kRead);
    const auto events = *outbox_.read(*unit, 0, 10);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].position, 1);
    EXPECT_EQ(events[1].event.subject, "b");
    EXPECT_EQ(events[2].position, 3);
    EXPECT_EQ(events[2].event.source, "/plugins/milestones");
    EXPECT_EQ(events[2].event.data, "{\"a\":1}");
    EXPECT_EQ(events[2].correlation, context_.correlation);
    EXPECT_EQ(events[2].cause, context_.request_id);
    EXPECT_FALSE(events[2].id.is_nil());
    EXPECT_NE(events[1].id, events[2].id);
    EXPECT_EQ((*outbox_.read(*unit, 1, 1)).at(0).event.subject, "b");
    EXPECT_TRUE((*outbox_.read(*unit, 3, 10)).empty());
}

TEST_F(OutboxTest, EachTenantCountsForItself) {
    const auto other = database_.make_tenant();
    EXPECT_TRUE(append(tenant_, {event("a")}));
    EXPECT_TRUE(append(other, {event("b")}));
    EXPECT_EQ((*outbox_.read(*begin(other, Access::kRead), 0, 10)).at(0).event.subject, "b");
}

TEST_F(OutboxTest, WhatIsRolledBackLeavesNoGap) {
    EXPECT_TRUE(append(tenant_, {event("a")}));
    {
        auto unit = begin(Access::kWrite);
        const std::vector<Event> lost{event("lost")};
        ASSERT_TRUE(outbox_.append(*unit, context_, lost).ok());
    }
    EXPECT_TRUE(append(tenant_, {event("b")}));
    EXPECT_EQ((*outbox_.read(*begin(Access::kRead), 0, 10)).at(1).position, 2);
}

// Eight writers, and a reader that asks for what follows the last position it has seen: it must never be
// given a position that leaves a gap behind, since it would not come back for it.
TEST_F(OutboxTest, AReaderNeverSeesALaterPositionBeforeAnEarlier) {
    constexpr int kWriters = 8;
    constexpr int kEach = 25;
    std::atomic<bool> done{false};
    std::atomic<int> failures{0};
    std::vector<std::int64_t> seen;
    std::thread reader([&] {
        bool last_round = false;
        while (!last_round) {
            last_round = done.load();
            auto unit = begin(Access::kRead);
            const auto events = outbox_.read(*unit, seen.empty() ? 0 : seen.back(), 1000);
            if (!events.ok())
                ++failures;
            else
                for (const auto& one : *events)
                    seen.push_back(one.position);
        }
    });
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0; i < kEach; ++i)
                if (append(tenant_,
                           std::vector<Event>(static_cast<std::size_t>(1 + (w + i) % 3), event("e"))) < 1)
                    ++failures;
        });
    for (auto& writer : writers)
        writer.join();
    done = true;
    reader.join();
    EXPECT_EQ(failures, 0);
    ASSERT_GE(seen.size(), std::size_t{kWriters * kEach});
    for (std::size_t i = 0; i < seen.size(); ++i)
        ASSERT_EQ(seen[i], static_cast<std::int64_t>(i) + 1);
}

TEST(CloudEvent, HasTheAttributesOfTheSpecification) {
    StoredEvent stored;
    stored.position = 7;
    stored.id = *base::Uuid::parse("0190f2c0-0000-7000-8000-000000000001");
    stored.event = {"mortise.milestones.milestone.completed", "/plugins/milestones", "a \"b\"", "{\"x\":1}"};
    stored.time = 1'713'312'000'000'000;
    const auto json = to_cloud_event(stored);
    for (const char* member :
         {"{\"specversion\":\"1.0\",", "\"id\":\"0190f2c0-0000-7000-8000-000000000001\"",
          "\"source\":\"/plugins/milestones\"", "\"type\":\"mortise.milestones.milestone.completed\"",
          "\"subject\":\"a \\\"b\\\"\"", "\"time\":\"2024-04-17T00:00:00Z\"",
          "\"datacontenttype\":\"application/json\"", "\"data\":{\"x\":1}}"})
        EXPECT_NE(json.find(member), std::string::npos) << member << " in " << json;
}

}  // namespace
}  // namespace mortise::events
