// The entry of the contract plugin, by the bare ABI. Its routes all do the same: run the script in the query
// parameter `do`; and so do its methods, with their input.
#include "tests/contract/plugin/script.hpp"

#include <chrono>
#include <new>
#include <thread>

// Each generation is built with an id, a version and a route of its own: CONTRACT_ID, CONTRACT_VERSION,
// CONTRACT_NAME. Bad ones besides with CONTRACT_START_FAILS, CONTRACT_TWIN_ROUTES or CONTRACT_FEWER_METHODS.

namespace contract {
namespace {

// Of a literal, without what only run time can call.
template <std::size_t Size>
constexpr mortise_text literal(const char (&text)[Size]) noexcept {
    return {text, Size - 1};
}

template <class Table>
const Table* find(const mortise_host* host, std::string_view id) {
    return static_cast<const Table*>(host->service(host, text_of(id)));
}

mortise_status start(const mortise_host* host, void** instance) noexcept {
    if (host == nullptr || host->size < sizeof(mortise_host) || instance == nullptr) return MORTISE_E_INVALID;
    auto* kept = new (std::nothrow) Kept;
    if (kept == nullptr) return MORTISE_E_UNAVAILABLE;
    kept->tables = {host,
                    find<mortise_http_1>(host, MORTISE_HTTP_1),
                    find<mortise_log_1>(host, MORTISE_LOG_1),
                    find<mortise_clock_1>(host, MORTISE_CLOCK_1),
                    find<mortise_ids_1>(host, MORTISE_IDS_1),
                    find<mortise_settings_1>(host, MORTISE_SETTINGS_1),
                    find<mortise_sql_1>(host, MORTISE_SQL_1),
                    find<mortise_events_1>(host, MORTISE_EVENTS_1),
                    find<mortise_license_1>(host, MORTISE_LICENSE_1),
                    find<mortise_flags_1>(host, MORTISE_FLAGS_1),
                    find<mortise_peers_1>(host, MORTISE_PEERS_1)};
    const mortise_flag_watcher watcher = Script::watcher(*kept);
    const mortise_flags_1* flags = kept->tables.flags;
    if (flags == nullptr || flags->watch(flags, &watcher) != MORTISE_OK) {
        delete kept;
        return MORTISE_E_INVALID;
    }
    *instance = kept;
#ifdef CONTRACT_START_FAILS
    delete kept;
    return MORTISE_E_UNAVAILABLE;
#else
    return MORTISE_OK;
#endif
}

// Routes from here on tell the version.
constexpr std::uint32_t kVersionRoute = 3;

mortise_status call(void* instance, mortise_call handle, const mortise_request* request) noexcept {
    try {
        std::string_view script;
        for (std::uint64_t i = 0; i < request->query_count; ++i)
            if (view_of(request->query[i].name) == "do") script = view_of(request->query[i].value);
        if (request->route >= kVersionRoute) script = "respond 200\nwrite-text " CONTRACT_VERSION;
        return Script(*static_cast<Kept*>(instance), handle, *request).run(script);
    } catch (...) {
        return MORTISE_E_INTERNAL;
    }
}

// Both methods run the script that is their input.
mortise_status serve(void* instance, mortise_call handle, const mortise_method_call* request) noexcept {
    try {
        const auto& http = *static_cast<Kept*>(instance)->tables.http;
        std::string script(request->input_size, '\0');
        for (std::uint64_t size = 0, read = 1; size < script.size() && read > 0; size += read)
            if (const auto status =
                    http.read_body(&http, handle, reinterpret_cast<std::uint8_t*>(script.data()) + size,
                                   script.size() - size, &read);
                status != MORTISE_OK)
                return status;
        mortise_request as_route{};
        as_route.size = request->size == sizeof(mortise_method_call) ? sizeof(mortise_request) : 0;
        as_route.route = request->method;
        as_route.context = request->context;
        as_route.body_size = request->input_size;
        return Script(*static_cast<Kept*>(instance), handle, as_route, view_of(request->caller)).run(script);
    } catch (...) {
        return MORTISE_E_INTERNAL;
    }
}

void stop(void* instance) noexcept {
    auto* kept = static_cast<Kept*>(instance);
    // A thread that was left behind uses what ends here.
    while (kept->threads > 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    delete kept;
}

constexpr mortise_route route(std::uint32_t method, std::uint32_t access, mortise_text pattern,
                              mortise_text name) {
    mortise_route row{};
    row.size = sizeof(mortise_route);
    row.method = method;
    row.access = access;
    row.pattern = pattern;
    row.name = name;
    row.summary = literal("Run a script");
    row.scope = literal(CONTRACT_ID ":use");
    row.success_status = 200;
    row.response_type = literal("text/plain");
    if (access == MORTISE_ACCESS_WRITE) {
        row.options = MORTISE_ROUTE_IDEMPOTENCY_KEY;
        row.request_type = literal("application/octet-stream");
        row.body_limit = 64UL * 1024 * 1024;
    }
    return row;
}

constexpr mortise_route flagged(mortise_route row) {
    row.flag = literal(CONTRACT_ID ".beta");
    return row;
}

constexpr mortise_route reading_first(mortise_route row) {
    row.options |= MORTISE_ROUTE_READS_FIRST;
    return row;
}

constexpr mortise_route kRoutes[] = {
    route(MORTISE_METHOD_GET, MORTISE_ACCESS_READ, literal(""), literal("read")),
    route(MORTISE_METHOD_POST, MORTISE_ACCESS_WRITE, literal(""), literal("write")),
    reading_first(route(MORTISE_METHOD_POST, MORTISE_ACCESS_WRITE, literal("/seldom"), literal("seldom"))),
    route(MORTISE_METHOD_GET, MORTISE_ACCESS_READ, literal("/version"), literal("version")),
    route(MORTISE_METHOD_GET, MORTISE_ACCESS_READ, literal("/" CONTRACT_NAME), literal("named")),
    flagged(route(MORTISE_METHOD_GET, MORTISE_ACCESS_READ, literal("/flagged"), literal("flagged"))),
#ifdef CONTRACT_TWIN_ROUTES
    route(MORTISE_METHOD_GET, MORTISE_ACCESS_READ, literal("/version"), literal("twin")),
#endif
};

constexpr mortise_method kMethods[] = {
    {sizeof(mortise_method), MORTISE_ACCESS_READ, literal(CONTRACT_ID ".scripts/1"), literal("read")},
#ifndef CONTRACT_FEWER_METHODS
    {sizeof(mortise_method), MORTISE_ACCESS_WRITE, literal(CONTRACT_ID ".scripts/1"), literal("write")},
#endif
};

}  // namespace
}  // namespace contract

extern "C" {
extern const mortise_plugin_entry_v1 mortise_plugin_entry;
constexpr mortise_plugin_entry_v1 mortise_plugin_entry = {
    .size = sizeof(mortise_plugin_entry_v1),
    .abi_major = MORTISE_ABI_MAJOR,
    .abi_minor = MORTISE_ABI_MINOR,
    .route_count = sizeof(contract::kRoutes) / sizeof(contract::kRoutes[0]),
    .id = contract::literal(CONTRACT_ID),
    .version = contract::literal(CONTRACT_VERSION),
    .routes = contract::kRoutes,
    .start = &contract::start,
    .call = &contract::call,
    .stop = &contract::stop,
    .method_count = sizeof(contract::kMethods) / sizeof(contract::kMethods[0]),
    .methods_reserved = 0,
    .methods = contract::kMethods,
    .serve = &contract::serve,
};
}
