#include "mortise/plugin.hpp"

#include "handlers.hpp"

namespace {

using namespace milestones;
using mortise::sdk::Access;
using mortise::sdk::Method;
using mortise::sdk::Route;

constexpr Route kRoutes[] = {
    {.method = Method::kGet,
     .pattern = "/{key}",
     .name = "read_milestone",
     .summary = "One milestone",
     .scope = "milestones:read",
     .response_type = "application/json",
     .handler = read_milestone},
};

}  // namespace

MORTISE_PLUGIN("milestones", "0.1.0", kRoutes);
