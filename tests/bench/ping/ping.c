/* A plugin that answers at once: what a call through the ABI costs beside a handler of the core. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime() */

#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <stddef.h>
#include <time.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static const mortise_http_1* http;
static const mortise_license_1* license;

static mortise_status start(const mortise_host* host, void** instance) {
    const mortise_text http_id = TEXT(MORTISE_HTTP_1);
    const mortise_text license_id = TEXT(MORTISE_LICENSE_1);
    http = host->service(host, http_id);
    license = host->service(host, license_id);
    *instance = NULL;
    return http && license ? MORTISE_OK : MORTISE_E_NOT_FOUND;
}

/* How many picoseconds one question takes whether a feature is licensed, as the mean of a million; eight
 * digits. */
static mortise_status ask_often(mortise_call handle, uint8_t* digits) {
    enum { kTimes = 1000000 };
    const mortise_text feature = TEXT("sso");
    struct timespec begin, end;
    uint32_t yes = 0;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < kTimes; ++i) {
        const mortise_status status = license->entitled(license, handle, feature, &yes);
        if (status != MORTISE_OK || yes != 1) return MORTISE_E_INTERNAL;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    int64_t took =
        ((end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec) / (kTimes / 1000);
    for (int i = 7; i >= 0; --i) {
        digits[i] = (uint8_t)('0' + took % 10);
        took /= 10;
    }
    return MORTISE_OK;
}

static mortise_status call(void* instance, mortise_call handle, const mortise_request* request) {
    static const uint8_t body[] = {'p', 'o', 'n', 'g'};
    uint8_t digits[8];
    (void)instance;
    if (request->route == 1) {
        const mortise_status asked = ask_often(handle, digits);
        if (asked != MORTISE_OK) return asked;
    }
    const mortise_status begun = http->respond(http, handle, 200, NULL, 0);
    if (begun != MORTISE_OK) return begun;
    return request->route == 1 ? http->write(http, handle, digits, sizeof(digits))
                               : http->write(http, handle, body, sizeof(body));
}

static void stop(void* instance) {
    (void)instance;
}

static const mortise_route routes[] = {{.size = sizeof(mortise_route),
                                        .method = MORTISE_METHOD_GET,
                                        .access = MORTISE_ACCESS_READ,
                                        .name = TEXT("ping"),
                                        .summary = TEXT("Answers pong"),
                                        .scope = TEXT("ping:use"),
                                        .success_status = 200,
                                        .response_type = TEXT("text/plain")},
                                       {.size = sizeof(mortise_route),
                                        .method = MORTISE_METHOD_GET,
                                        .access = MORTISE_ACCESS_READ,
                                        .pattern = TEXT("/entitled"),
                                        .name = TEXT("entitled"),
                                        .summary = TEXT("Answers what a question of the licence takes"),
                                        .scope = TEXT("ping:use"),
                                        .success_status = 200,
                                        .response_type = TEXT("text/plain")}};

const mortise_plugin_entry_v1 mortise_plugin_entry = {.size = sizeof(mortise_plugin_entry_v1),
                                                      .abi_major = MORTISE_ABI_MAJOR,
                                                      .abi_minor = MORTISE_ABI_MINOR,
                                                      .route_count = 2,
                                                      .id = TEXT("ping"),
                                                      .version = TEXT("1.0.0"),
                                                      .routes = routes,
                                                      .start = start,
                                                      .call = call,
                                                      .stop = stop};
