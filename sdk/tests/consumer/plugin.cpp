#include "mortise/plugin.hpp"

namespace {

using namespace mortise::sdk;

Response greet(Call& call) {
    return Response::json(JsonWriter().value(call.path("name")).text());
}

constexpr Route kRoutes[] = {
    {.method = Method::kGet,
     .pattern = "/{name}",
     .name = "greet",
     .summary = "A greeting",
     .scope = "hello:read",
     .response_type = "application/json",
     .handler = greet},
};

}  // namespace

MORTISE_PLUGIN("hello", "1.0.0", kRoutes);
