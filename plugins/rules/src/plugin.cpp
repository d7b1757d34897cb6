#include "mortise/plugin.hpp"

#include "analysis_routes.hpp"
#include "evaluation_routes.hpp"
#include "model_routes.hpp"
#include "pack_routes.hpp"
#include "peer_methods.hpp"
#include "table_routes.hpp"

#include <algorithm>
#include <array>

namespace {

using mortise::sdk::Route;

template <std::size_t... Sizes>
constexpr auto join(const Route (&... tables)[Sizes]) {
    std::array<Route, (Sizes + ...)> all{};
    auto end = all.begin();
    ((end = std::copy(std::begin(tables), std::end(tables), end)), ...);
    return all;
}

constexpr auto kRoutes = join(rules::kModelRoutes, rules::kTableRoutes, rules::kAnalysisRoutes,
                              rules::kPackRoutes, rules::kEvaluationRoutes);

}  // namespace

MORTISE_PLUGIN("rules", "0.1.0", kRoutes, rules::kPeerMethods);
