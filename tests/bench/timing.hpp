#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace mortise::bench {

// Nanoseconds of one run of `action`: the least of five times `runs` of them, as a mean. What disturbs a
// measurement only ever makes it longer.
template <class Action>
double least_mean_ns(std::size_t runs, Action action) {
    double least = 1e18;
    for (int round = 0; round < 5; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < runs; ++i)
            action();
        const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
        least = std::min(least, took.count() / static_cast<double>(runs));
    }
    return least;
}

// The median of `runs` single runs, in nanoseconds, after a tenth of them to warm up.
template <class Action>
double median_ns(std::size_t runs, Action action) {
    std::vector<double> times;
    times.reserve(runs);
    for (std::size_t i = 0; i < runs / 10; ++i)
        action();
    for (std::size_t i = 0; i < runs; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        action();
        times.push_back(
            std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count());
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
}

}  // namespace mortise::bench
