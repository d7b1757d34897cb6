#pragma once

#include "model_body.hpp"
#include "model_schemas.hpp"
#include "mortise/route.hpp"
#include "pack_handlers.hpp"
#include "pack_schemas.hpp"

// The rows of the routes of packs.
namespace rules {

inline constexpr mortise::sdk::Route kPackRoutes[] = {
    {.method = mortise::sdk::Method::kGet,
     .pattern = "/packs",
     .name = "list_packs",
     .summary = "The models that come with the plugin",
     .scope = "rules:read",
     .response_type = "application/json",
     .response_schema = schemas::kPacks,
     .handler = list_packs},
    {.method = mortise::sdk::Method::kGet,
     .pattern = "/packs/{name}",
     .name = "read_pack",
     .summary = "One pack with its files and tests",
     .scope = "rules:read",
     .response_type = "application/json",
     .response_schema = schemas::kPack,
     .handler = read_pack},
    {.method = mortise::sdk::Method::kPost,
     .pattern = "/packs/{name}/install",
     .name = "install_pack",
     .summary = "Make a model of the tenant's own of a pack, and publish it if asked",
     .access = mortise::sdk::Access::kWrite,
     .idempotency_key = true,
     .scope = "rules:write",
     .request_type = "application/json",
     .body_limit = kMaxSmallBody,
     .request_schema = schemas::kInstallation,
     .response_type = "application/json",
     .response_schema = schemas::kModel,
     .handler = install_pack},
    {.method = mortise::sdk::Method::kPost,
     .pattern = "/packs/{name}/share",
     .name = "share_pack",
     .summary = "Publish a pack as the model that the platform shares with the tenant",
     .access = mortise::sdk::Access::kWrite,
     .scope = "rules:share",
     .response_type = "application/json",
     .response_schema = schemas::kModel,
     .handler = share_pack},
};

}  // namespace rules
