#include "dependency_graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace milestones {
namespace {

using mortise::sdk::Uuid;

Uuid id(unsigned number) {
    Uuid result;
    result.bytes[14] = static_cast<std::uint8_t>(number >> 8U);
    result.bytes[15] = static_cast<std::uint8_t>(number);
    return result;
}

TEST(DependencyGraph, ShowsTheShortestCycle) {
    DependencyGraph graph;
    graph.add(id(1), id(2));
    graph.add(id(2), id(3));
    graph.add(id(3), id(4));
    graph.add(id(2), id(4));
    EXPECT_FALSE(graph.cycle_through(id(1)));
    EXPECT_FALSE(graph.find_cycle());
    graph.add(id(4), id(1));
    EXPECT_EQ(graph.cycle_through(id(1)), (std::vector{id(1), id(2), id(4), id(1)}));
    EXPECT_EQ(graph.cycle_through(id(3)), (std::vector{id(3), id(4), id(1), id(2), id(3)}));
    EXPECT_FALSE(graph.cycle_through(id(9)));
}

TEST(DependencyGraph, OneThatWaitsForItselfIsACycle) {
    DependencyGraph graph;
    graph.add(id(1), id(1));
    EXPECT_EQ(graph.cycle_through(id(1)), (std::vector{id(1), id(1)}));
    EXPECT_TRUE(graph.find_cycle());
}

TEST(DependencyGraph, ACycleIsFoundBehindALongWay) {
    DependencyGraph graph;
    for (unsigned i = 0; i < 20'000; ++i)
        graph.add(id(i), id(i + 1));
    EXPECT_FALSE(graph.find_cycle());
    graph.add(id(20'000), id(19'998));
    const auto cycle = graph.find_cycle();
    ASSERT_TRUE(cycle);
    EXPECT_EQ(cycle->size(), 4U);
    EXPECT_EQ(cycle->front(), cycle->back());
    EXPECT_FALSE(graph.cycle_through(id(5))) << "it only leads to the cycle";
}

TEST(DependencyGraph, AwaitedComesFirst) {
    DependencyGraph graph;
    graph.add(id(1), id(2));
    graph.add(id(3), id(1));
    graph.add(id(3), id(2));
    EXPECT_EQ(graph.awaited_first(), (std::vector{id(2), id(1), id(3)}));
}

TEST(DependencyGraph, DescribesCycles) {
    EXPECT_EQ(describe_cycle({"a", "b", "a"}),
              "Each would wait for the next (a parent waits for its children): a -> b -> a.");
    std::vector<std::string> keys;
    for (int i = 0; i < 1000; ++i)
        keys.push_back("K" + std::to_string(i));
    const std::string text = describe_cycle(keys);
    EXPECT_TRUE(text.ends_with("K18 -> K19 -> …")) << text;
}

}  // namespace
}  // namespace milestones
