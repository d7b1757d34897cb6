#include "core/http/plugin_routes.hpp"

#include "core/base/text.hpp"
#include "core/host/plugin.hpp"
#include "core/http/problem.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace mortise::http {
namespace {

using base::Result;

Method method_of(host::PluginRoute::Method method) noexcept {
    switch (method) {
        case host::PluginRoute::Method::kGet:
            return Method::kGet;
        case host::PluginRoute::Method::kPost:
            return Method::kPost;
        case host::PluginRoute::Method::kPut:
            return Method::kPut;
        case host::PluginRoute::Method::kPatch:
            return Method::kPatch;
        case host::PluginRoute::Method::kDelete:
            return Method::kDelete;
    }
    return Method::kGet;
}

// A plugin sees no credential.
bool is_hidden(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 4> kHidden = {"authorization", "cookie", "x-api-key",
                                                                "proxy-authorization"};
    return std::find(kHidden.begin(), kHidden.end(), name) != kHidden.end();
}

Pairs visible_headers(const RequestHead& head) {
    Pairs headers;
    headers.reserve(head.fields.size());
    for (const Field& field : head.fields)
        if (std::string name = base::to_lower(field.name); !is_hidden(name))
            headers.emplace_back(std::move(name), field.value);
    return headers;
}

// A problem in the plugin's words, in the form of every other. Its parts were checked to be UTF-8; what is
// not the JSON that it should be is left out.
Response plugin_problem(const host::PluginProblem& answer, const base::Uuid& request_id) {
    Response response = problem(static_cast<int>(answer.status), answer.code, answer.detail, request_id);
    if (answer.errors.empty() && answer.extensions.empty()) return response;
    auto document = nlohmann::ordered_json::parse(response.body);
    auto extensions = nlohmann::ordered_json::parse(answer.extensions, nullptr, false);
    if (extensions.is_object())
        for (const auto& [name, value] : extensions.items())
            if (!document.contains(name)) document[name] = value;
    auto errors = nlohmann::ordered_json::parse(answer.errors, nullptr, false);
    if (errors.is_array()) document["errors"] = std::move(errors);
    response.body = document.dump();
    return response;
}

Work work_of(const host::PluginRoute& route) noexcept {
    if (route.access == storage::Access::kRead) return Work::kTenantRead;
    return route.reads_first ? Work::kTenantReadFirst : Work::kTenantWrite;
}

Result<Response> call_plugin(host::Plugin& plugin, std::uint32_t index, const Call& call) {
    const Pairs headers = visible_headers(call.request.head);
    const host::PluginRequest request{index,    &call.path,        &call.query,
                                      &headers, call.request.body, call.given_up};
    auto called = plugin.call(call.context, *call.unit, request);
    if (!called.ok()) return std::move(called).error();
    host::PluginResponse& answer = *called;
    if (answer.problem) return plugin_problem(*answer.problem, call.request.head.id);
    Result<Response> result =
        Response{.status = static_cast<int>(answer.status), .body = std::move(answer.body)};
    Response& response = *result;
    response.headers.reserve(answer.headers.size());
    for (auto& [name, value] : answer.headers) {
        if (base::iequals(name, "content-type"))
            response.content_type = std::move(value);
        else
            response.headers.emplace_back(std::move(name), std::move(value));
    }
    if (response.content_type.empty() && !response.body.empty()) {
        const std::string& types = plugin.routes()[index].response_type;
        response.content_type = types.substr(0, types.find(','));
    }
    return result;
}

}  // namespace

std::vector<Route> plugin_routes(const std::shared_ptr<host::Plugin>& plugin,
                                 std::uint64_t default_body_limit) {
    std::vector<Route> rows;
    const std::string& id = plugin->manifest().id;
    const auto workers = plugin->workers();
    const auto lane = workers ? std::make_shared<Lane>(workers->wanted) : nullptr;
    for (std::uint32_t i = 0; i < plugin->routes().size(); ++i) {
        const host::PluginRoute& route = plugin->routes()[i];
        const bool writes = route.access == storage::Access::kWrite;
        Route row;
        row.method = method_of(route.method);
        row.pattern = "/api/v1/" + id + route.pattern;
        row.operation = id + "." + route.name;
        row.summary = route.summary;
        row.tag = plugin->manifest().name;
        row.realm = Realm::kTenant;
        row.work = work_of(route);
        row.handler = [plugin, i](const Call& call) { return call_plugin(*plugin, i, call); };
        row.scope = route.scope;
        row.plugin = id;
        row.lane = lane;
        row.entitlement = route.entitlement;
        row.flag = route.flag;
        row.request_type = route.request_type;
        row.body_limit = route.body_limit == 0 ? default_body_limit : route.body_limit;
        row.request_schema = route.request_schema;
        row.idempotency_key = route.idempotency_key && writes;
        row.success = static_cast<int>(route.success_status);
        row.response_type = route.response_type;
        row.response_schema = route.response_schema;
        row.parameters = route.parameters;
        row.counts_as_write = writes;
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace mortise::http
