#include "core/host/marshal.hpp"

#include "core/base/text.hpp"
#include "core/flags/definition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <set>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::uint32_t kMaxRoutes = 500;
constexpr std::uint32_t kMaxMethods = 500;
constexpr std::uint64_t kMaxRouteText = 256UL * 1024;

mortise_text text_of(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

mortise_uuid uuid_of(const base::Uuid& id) noexcept {
    return std::bit_cast<mortise_uuid>(id.bytes);  // in two instructions; std::copy calls memmove
}

std::size_t count_of(const Pairs* pairs) noexcept {
    return pairs == nullptr ? 0 : pairs->size();
}

std::vector<mortise_pair> pairs_of(const PluginRequest& request) {
    std::vector<mortise_pair> out;
    out.reserve(count_of(request.path) + count_of(request.query) + count_of(request.headers));
    for (const Pairs* pairs : {request.path, request.query, request.headers}) {
        if (pairs == nullptr) continue;
        for (const auto& [name, value] : *pairs)
            out.push_back({text_of(name), text_of(value)});
    }
    return out;
}

// "00", "01" … "ff": each call has a traceparent, so it is written by whole bytes.
constexpr auto kHexPairs = [] {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<char, 512> pairs{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        pairs[2 * byte] = kDigits[byte >> 4];
        pairs[2 * byte + 1] = kDigits[byte & 0xf];
    }
    return pairs;
}();

// W3C Trace Context, 3.2: version 00, the trace's id, the parent's, and the flags.
std::array<char, 55> traceparent_of(const base::TraceContext& trace) noexcept {
    std::array<char, 55> out;
    std::size_t end = 0;
    const auto put = [&](const auto& bytes) {
        for (const std::uint8_t byte : bytes) {
            std::memcpy(&out[end], &kHexPairs[2 * byte], 2);
            end += 2;
        }
        if (end < out.size()) out[end++] = '-';
    };
    put(std::array<std::uint8_t, 1>{0});
    put(trace.trace_id);
    put(trace.span_id);
    put(std::array<std::uint8_t, 1>{trace.flags});
    return out;
}

void fill(mortise_context& out, const base::RequestContext& context, std::string_view traceparent,
          const base::Clock& clock) noexcept {
    out.size = sizeof(mortise_context);
    out.principal_kind = static_cast<std::uint32_t>(context.principal.kind);
    out.request_id = uuid_of(context.request_id);
    out.tenant = uuid_of(context.tenant);
    out.principal = uuid_of(context.principal.id);
    out.actor = uuid_of(context.actor.id);
    out.tenant_slug = text_of(context.tenant_slug);
    out.plan = text_of(context.plan);
    out.scopes = text_of(context.scopes);
    out.locale = text_of(context.locale);
    out.time_zone = text_of(context.time_zone);
    out.client_address = text_of(context.client_address);
    out.environment = text_of(context.environment);
    out.traceparent = text_of(traceparent);
    out.correlation = uuid_of(context.correlation);
    out.cause = uuid_of(context.cause);
    out.deadline_us =
        std::chrono::duration_cast<std::chrono::microseconds>(context.deadline - clock.about_monotonic())
            .count();
    out.generation = context.generation;
}

// Reads the texts of one route; remembers whether all of them were sound.
class RouteReader {
 public:
    std::string text(mortise_text text) {
        const bool sound = (text.data != nullptr || text.size == 0) && text.size <= kMaxRouteText;
        if (!sound || text.size == 0) {
            sound_ = sound_ && sound;
            return {};
        }
        std::string copy(text.data, text.size);
        sound_ = sound_ && base::is_utf8(copy);
        return copy;
    }
    bool sound() const noexcept { return sound_; }

 private:
    bool sound_ = true;
};

bool is_pattern(std::string_view pattern) noexcept {
    if (pattern.empty()) return true;
    if (pattern[0] != '/' || pattern.ends_with('/')) return false;
    return std::all_of(pattern.begin(), pattern.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("/{}_-").find(c) != std::string_view::npos;
    });
}

bool is_operation(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

PluginRoute copy_route(const mortise_route& route, RouteReader& reader) {
    PluginRoute copy;
    copy.method = static_cast<PluginRoute::Method>(route.method);
    copy.access = route.access == MORTISE_ACCESS_WRITE ? storage::Access::kWrite : storage::Access::kRead;
    copy.idempotency_key = (route.options & MORTISE_ROUTE_IDEMPOTENCY_KEY) != 0;
    copy.reads_first = (route.options & MORTISE_ROUTE_READS_FIRST) != 0;
    copy.pattern = reader.text(route.pattern);
    copy.name = reader.text(route.name);
    copy.summary = reader.text(route.summary);
    copy.scope = reader.text(route.scope);
    copy.entitlement = reader.text(route.entitlement);
    copy.flag = reader.text(route.flag);
    copy.request_type = reader.text(route.request_type);
    copy.body_limit = route.body_limit;
    copy.request_schema = reader.text(route.request_schema);
    copy.success_status = route.success_status;
    copy.response_type = reader.text(route.response_type);
    copy.response_schema = reader.text(route.response_schema);
    copy.parameters = reader.text(route.parameters);
    return copy;
}

// What a copy can't hold.
std::string_view fault_of_row(const mortise_route& route) {
    if (route.method < MORTISE_METHOD_GET || route.method > MORTISE_METHOD_DELETE) return "an unknown method";
    if (route.access != MORTISE_ACCESS_READ && route.access != MORTISE_ACCESS_WRITE)
        return "an unknown access";
    return {};
}

std::string_view fault_of(const PluginRoute& copy, const Manifest& manifest) {
    if (!is_operation(copy.name)) return "a name that is not [a-z][a-z0-9_]*";
    if (!is_pattern(copy.pattern)) return "a malformed pattern";
    if (!manifest.declares_scope(copy.scope)) return "a scope that the manifest does not declare";
    if (!copy.flag.empty() && !flags::is_flag_key(copy.flag)) return "a flag that is no flag's key";
    if (copy.success_status < 200 || copy.success_status > 299) return "a success status that is not 2xx";
    return {};
}

Error invalid_entry(const Manifest& manifest, std::string_view what) {
    return {ErrorKind::kInvalid, "plugin_entry_invalid", fmt::format("plugin {}: {}", manifest.id, what)};
}

}  // namespace

AbiContext::AbiContext(const base::RequestContext& context, const base::Clock& clock)
    : traceparent_(traceparent_of(context.trace)) {
    fill(context_, context, {traceparent_.data(), traceparent_.size()}, clock);
}

AbiRequest::AbiRequest(const base::RequestContext& context, const PluginRequest& request,
                       std::uint64_t body_size, const base::Clock& clock)
    : context_(context, clock), pairs_(pairs_of(request)) {
    const mortise_pair* path = pairs_.data();
    const mortise_pair* query = path + count_of(request.path);
    const mortise_pair* headers = query + count_of(request.query);
    request_ = {sizeof(mortise_request),   request.route, &context_.get(),         path,
                count_of(request.path),    query,         count_of(request.query), headers,
                count_of(request.headers), body_size};
}

static Result<std::vector<PluginRoute>> copy_routes(const mortise_plugin_entry_v1& entry,
                                                    const Manifest& manifest) {
    const auto refused = [&](std::string_view what) { return invalid_entry(manifest, what); };
    if (entry.route_count > kMaxRoutes) return refused(fmt::format("more than {} routes", kMaxRoutes));
    std::vector<PluginRoute> routes;
    // A later SDK's rows may be longer than ours; then they are also further apart.
    const std::uint64_t stride = entry.route_count > 0 ? entry.routes[0].size : 0;
    const auto* rows = reinterpret_cast<const std::uint8_t*>(entry.routes);
    for (std::uint32_t i = 0; i < entry.route_count; ++i) {
        const auto& route = *reinterpret_cast<const mortise_route*>(rows + i * stride);
        if (route.size < sizeof(mortise_route) || route.size != stride ||
            stride % alignof(mortise_route) != 0)
            return refused(fmt::format("route {} has a wrong size", i));
        RouteReader reader;
        PluginRoute copy = copy_route(route, reader);
        if (!reader.sound()) return refused(fmt::format("route {} has a text that is not sound", i));
        if (const auto fault = fault_of_row(route); !fault.empty())
            return refused(fmt::format("route {} ({}) has {}", i, copy.name, fault));
        routes.push_back(std::move(copy));
    }
    return routes;
}

// Of an entry of before 1.1: none.
static Result<std::vector<PluginMethod>> copy_methods(const mortise_plugin_entry_v1& entry,
                                                      const Manifest& manifest) {
    const auto refused = [&](std::string_view what) { return invalid_entry(manifest, what); };
    std::vector<PluginMethod> methods;
    if (entry.size < sizeof(mortise_plugin_entry_v1) || entry.method_count == 0) return methods;
    if (entry.method_count > kMaxMethods) return refused(fmt::format("more than {} methods", kMaxMethods));
    if (entry.methods == nullptr || entry.serve == nullptr) return refused("methods that nothing serves");
    const std::uint64_t stride = entry.methods[0].size;
    const auto* rows = reinterpret_cast<const std::uint8_t*>(entry.methods);
    for (std::uint32_t i = 0; i < entry.method_count; ++i) {
        const auto& method = *reinterpret_cast<const mortise_method*>(rows + i * stride);
        if (method.size < sizeof(mortise_method) || method.size != stride ||
            stride % alignof(mortise_method) != 0)
            return refused(fmt::format("method {} has a wrong size", i));
        if (method.access != MORTISE_ACCESS_READ && method.access != MORTISE_ACCESS_WRITE)
            return refused(fmt::format("method {} has an unknown access", i));
        RouteReader reader;
        methods.push_back(
            {method.access == MORTISE_ACCESS_WRITE ? storage::Access::kWrite : storage::Access::kRead,
             reader.text(method.interface), reader.text(method.name)});
        if (!reader.sound()) return refused(fmt::format("method {} has a text that is not sound", i));
    }
    return methods;
}

Result<PluginTables> copy_tables(const mortise_plugin_entry_v1& entry, const Manifest& manifest) {
    RouteReader head;
    if (head.text(entry.id) != manifest.id || head.text(entry.version) != manifest.version || !head.sound())
        return invalid_entry(manifest, "the library's id and version are not the manifest's");
    PluginTables tables;
    MORTISE_TRY_ASSIGN(tables.routes, copy_routes(entry, manifest));
    MORTISE_TRY_ASSIGN(tables.methods, copy_methods(entry, manifest));
    MORTISE_TRY(check_tables(tables, manifest));
    return tables;
}

static Status check_routes(const std::vector<PluginRoute>& routes, const Manifest& manifest) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const PluginRoute& route = routes[i];
        for (const std::string* text :
             {&route.summary, &route.entitlement, &route.flag, &route.request_type, &route.request_schema,
              &route.response_type, &route.response_schema, &route.parameters})
            if (!base::is_utf8(*text))
                return invalid_entry(manifest, fmt::format("route {} has a text that is not UTF-8", i));
        if (const auto fault = fault_of(route, manifest); !fault.empty())
            return invalid_entry(manifest, fmt::format("route {} ({}) has {}", i, route.name, fault));
        if (!names.insert(route.name).second)
            return invalid_entry(manifest, fmt::format("two routes are named {}", route.name));
    }
    return {};
}

// What the manifest says, who signs it has read; so no method may be missing, and none may be more.
static Status check_methods(const std::vector<PluginMethod>& methods, const Manifest& manifest) {
    std::size_t promised = 0;
    for (const Interface& interface : manifest.provides)
        promised += interface.methods.size();
    std::set<std::pair<std::string, std::string>> seen;
    for (const PluginMethod& method : methods) {
        if (!manifest.provides_method(method.interface, method.name))
            return invalid_entry(manifest, "a method that the manifest does not list under provides");
        if (!seen.insert({method.interface, method.name}).second)
            return invalid_entry(manifest,
                                 fmt::format("two methods {} of {}", method.name, method.interface));
    }
    if (seen.size() < promised)
        return invalid_entry(manifest, "not all of the methods that the manifest lists under provides");
    return {};
}

Status check_tables(const PluginTables& tables, const Manifest& manifest) {
    MORTISE_TRY(check_routes(tables.routes, manifest));
    return check_methods(tables.methods, manifest);
}

AbiMethodCall::AbiMethodCall(const base::RequestContext& context, std::uint32_t method,
                             std::string_view caller, std::uint64_t input_size, const base::Clock& clock)
    : context_(context, clock),
      call_{sizeof(mortise_method_call), method, &context_.get(), text_of(caller), input_size} {}

}  // namespace mortise::host
