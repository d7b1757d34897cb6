#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/call.hpp"
#include "mortise/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mortise::sdk {

enum class Method : std::uint32_t {
    kGet = MORTISE_METHOD_GET,
    kPost = MORTISE_METHOD_POST,
    kPut = MORTISE_METHOD_PUT,
    kPatch = MORTISE_METHOD_PATCH,
    kDelete = MORTISE_METHOD_DELETE
};

enum class Access : std::uint32_t { kRead = MORTISE_ACCESS_READ, kWrite = MORTISE_ACCESS_WRITE };

using Handler = Response (*)(Call& call);

// One route, written with designated initialisers. The members are those of mortise_route.
struct Route {
    Method method = Method::kGet;
    std::string_view pattern{};
    std::string_view name{};
    std::string_view summary{};
    Access access = Access::kRead;
    bool idempotency_key = false;
    bool reads_first = false;
    std::string_view scope{};
    std::string_view entitlement{};
    std::string_view flag{};
    std::string_view request_type{};
    std::uint64_t body_limit = 0;
    std::string_view request_schema{};
    std::uint32_t success_status = 200;
    std::string_view response_type{};
    std::string_view response_schema{};
    std::string_view parameters{};
    Handler handler = nullptr;
};

constexpr mortise_route to_abi(const Route& route) noexcept {
    return {.size = sizeof(mortise_route),
            .method = static_cast<std::uint32_t>(route.method),
            .access = static_cast<std::uint32_t>(route.access),
            .options = (route.idempotency_key ? std::uint32_t{MORTISE_ROUTE_IDEMPOTENCY_KEY} : 0U) |
                       (route.reads_first ? std::uint32_t{MORTISE_ROUTE_READS_FIRST} : 0U),
            .pattern = to_abi(route.pattern),
            .name = to_abi(route.name),
            .summary = to_abi(route.summary),
            .scope = to_abi(route.scope),
            .entitlement = to_abi(route.entitlement),
            .flag = to_abi(route.flag),
            .request_type = to_abi(route.request_type),
            .body_limit = route.body_limit,
            .request_schema = to_abi(route.request_schema),
            .success_status = route.success_status,
            .reserved = 0,
            .response_type = to_abi(route.response_type),
            .response_schema = to_abi(route.response_schema),
            .parameters = to_abi(route.parameters)};
}

// The table as the host sees it, made by the compiler: nothing of it runs when the library is loaded.
// `Routes` is a constexpr array of Route with static storage.
template <const auto& Routes>
constexpr auto make_abi_routes() noexcept {
    std::array<mortise_route, std::size(Routes)> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = to_abi(Routes[i]);
    return table;
}

}  // namespace mortise::sdk
