#include "mortise/plugin.hpp"

#include "evaluation_routes.hpp"
#include "model_routes.hpp"

#include <algorithm>
#include <array>

namespace {

using mortise::sdk::Route;

template <std::size_t First, std::size_t Second>
constexpr std::array<Route, First + Second> join(const Route (&first)[First], const Route (&second)[Second]) {
    std::array<Route, First + Second> all{};
    std::copy(std::begin(second), std::end(second),
              std::copy(std::begin(first), std::end(first), all.begin()));
    return all;
}

constexpr auto kRoutes = join(rules::kModelRoutes, rules::kEvaluationRoutes);

}  // namespace

MORTISE_PLUGIN("rules", "0.1.0", kRoutes);
