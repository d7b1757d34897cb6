/*
 * What the bad plugins share: a plugin that does everything right, so that each file says only what it does
 * wrong. A file ends in PLUGIN(…), whose arguments replace members of the entry. PLUGIN_ID is its name.
 */
#ifndef MORTISE_TESTS_BAD_H
#define MORTISE_TESTS_BAD_H

#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

#ifdef __cplusplus
#define UNUSED [[maybe_unused]]
#else
#define UNUSED __attribute__((unused))
#endif

UNUSED static const mortise_http_1* http;
UNUSED static const mortise_log_1* plugin_log;
UNUSED static const mortise_sql_1* sql;
UNUSED static const mortise_events_1* events;
UNUSED static const mortise_settings_1* settings;

UNUSED static mortise_text text(const char* literal) {
    mortise_text out;
    out.data = literal;
    out.size = strlen(literal);
    return out;
}

UNUSED static mortise_status good_start(const mortise_host* host, void** instance) {
    http = (const mortise_http_1*)host->service(host, text(MORTISE_HTTP_1));
    plugin_log = (const mortise_log_1*)host->service(host, text(MORTISE_LOG_1));
    sql = (const mortise_sql_1*)host->service(host, text(MORTISE_SQL_1));
    events = (const mortise_events_1*)host->service(host, text(MORTISE_EVENTS_1));
    settings = (const mortise_settings_1*)host->service(host, text(MORTISE_SETTINGS_1));
    *instance = NULL;
    return http && plugin_log && sql && events && settings ? MORTISE_OK : MORTISE_E_NOT_FOUND;
}

UNUSED static void good_stop(void* instance) {
    (void)instance;
}

/* Answers 200 with a text. */
UNUSED static mortise_status answer(mortise_call call, const char* body) {
    const mortise_status begun = http->respond(http, call, 200, NULL, 0);
    return begun != MORTISE_OK ? begun : http->write(http, call, (const uint8_t*)body, strlen(body));
}

UNUSED static mortise_status good_call(void* instance, mortise_call call, const mortise_request* request) {
    (void)instance, (void)request;
    return answer(call, "ok");
}

/* What a plugin expects of the host, told in the answer: "ok", or the first of these that did not hold. */
#define MUST(condition)                                    \
    do {                                                   \
        if (!(condition)) return answer(call, #condition); \
    } while (0)

/* clang-format off */
#define ROUTE(...)                                                                                     \
    {.size = sizeof(mortise_route), .method = MORTISE_METHOD_GET, .access = MORTISE_ACCESS_READ,       \
     .name = TEXT("use"), .summary = TEXT("Misbehaves"), .scope = TEXT(PLUGIN_ID ":use"),              \
     .success_status = 200, .response_type = TEXT("text/plain"), __VA_ARGS__}
#define WRITING_ROUTE                                                                                  \
    ROUTE(.method = MORTISE_METHOD_POST, .access = MORTISE_ACCESS_WRITE, .name = TEXT("write"))

#ifndef __cplusplus
UNUSED static const mortise_route good_routes[] = {ROUTE(.reserved = 0), WRITING_ROUTE};

#define PLUGIN(...)                                                                                    \
    const mortise_plugin_entry_v1 mortise_plugin_entry = {                                             \
        .size = sizeof(mortise_plugin_entry_v1), .abi_major = MORTISE_ABI_MAJOR, .abi_minor = 0,       \
        .route_count = 2, .id = TEXT(PLUGIN_ID), .version = TEXT("1.0.0"), .routes = good_routes,      \
        .start = good_start, .call = good_call, .stop = good_stop, __VA_ARGS__}
#endif
/* clang-format on */

/* A call that does its one bad thing; the arguments have the names that bodies use. */
#define CALL(name)                                                              \
    static mortise_status name(UNUSED void* instance, UNUSED mortise_call call, \
                               UNUSED const mortise_request* request)

#endif
