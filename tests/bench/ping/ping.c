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
static const mortise_flags_1* flags;

static mortise_status start(const mortise_host* host, void** instance) {
    const mortise_text http_id = TEXT(MORTISE_HTTP_1);
    const mortise_text license_id = TEXT(MORTISE_LICENSE_1);
    http = host->service(host, http_id);
    const mortise_text flags_id = TEXT(MORTISE_FLAGS_1);
    license = host->service(host, license_id);
    flags = host->service(host, flags_id);
    *instance = NULL;
    return http && license && flags ? MORTISE_OK : MORTISE_E_NOT_FOUND;
}

static void take(void* context, const mortise_flag_value* value) {
    *(int64_t*)context += value->type == MORTISE_FLAG_BOOLEAN && value->error == MORTISE_FLAG_E_NONE;
}

/* One question: 1 whether a feature is licensed; 2 a flag that is overridden, 3 one with a rule over two
 * attributes, 4 one that the manifest does not list by name. 1 if the answer is right. */
static int64_t ask(mortise_call handle, uint32_t what) {
    const mortise_text feature = TEXT("sso");
    const mortise_text keys[] = {TEXT("static"), TEXT("ruled"), TEXT("asked")};
    const uint8_t version[] = {'2', '.', '4', '.', '0'}, customer[] = {'c', '-', '1', '7'};
    const mortise_flag_attribute attributes[] = {
        {TEXT("version"), {.type = MORTISE_VALUE_TEXT, .as.bytes = {version, sizeof(version)}}},
        {TEXT("customer"), {.type = MORTISE_VALUE_TEXT, .as.bytes = {customer, sizeof(customer)}}}};
    const mortise_flag_context context = {
        .size = sizeof(context), .attributes = attributes, .attribute_count = what == 3 ? 2 : 0};
    int64_t right = 0;
    const mortise_flag_sink sink = {&right, take};
    uint32_t yes = 0;
    if (what == 1) return license->entitled(license, handle, feature, &yes) == MORTISE_OK && yes == 1;
    return flags->evaluate(flags, handle, keys[what - 2], MORTISE_FLAG_BOOLEAN, &context, &sink) == MORTISE_OK
               ? right
               : 0;
}

/* How many picoseconds one question takes, as the mean of many; eight digits. */
static mortise_status ask_often(mortise_call handle, uint32_t what, uint8_t* digits) {
    const int64_t times = what == 4 ? 10000 : 1000000;
    int64_t right = 0;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int64_t i = 0; i < times; ++i)
        right += ask(handle, what);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (right != times) return MORTISE_E_INTERNAL;
    int64_t took =
        ((end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec) / (times / 1000);
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
    if (request->route > 0) {
        const mortise_status asked = ask_often(handle, request->route, digits);
        if (asked != MORTISE_OK) return asked;
    }
    const mortise_status begun = http->respond(http, handle, 200, NULL, 0);
    if (begun != MORTISE_OK) return begun;
    return request->route > 0 ? http->write(http, handle, digits, sizeof(digits))
                              : http->write(http, handle, body, sizeof(body));
}

static void stop(void* instance) {
    (void)instance;
}

#define ROUTE(path, operation, about)                                                                      \
    {                                                                                                      \
        .size = sizeof(mortise_route), .method = MORTISE_METHOD_GET, .access = MORTISE_ACCESS_READ,        \
        .pattern = TEXT(path), .name = TEXT(operation), .summary = TEXT(about), .scope = TEXT("ping:use"), \
        .success_status = 200, .response_type = TEXT("text/plain")                                         \
    }

static const mortise_route routes[] = {
    ROUTE("", "ping", "Answers pong"),
    ROUTE("/entitled", "entitled", "Answers what a question of the licence takes"),
    ROUTE("/flag", "flag", "Answers what a flag takes that is overridden"),
    ROUTE("/ruled", "ruled", "Answers what a flag with a rule takes"),
    ROUTE("/asked", "asked", "Answers what a flag takes that the manifest does not list by name"),
};

const mortise_plugin_entry_v1 mortise_plugin_entry = {.size = sizeof(mortise_plugin_entry_v1),
                                                      .abi_major = MORTISE_ABI_MAJOR,
                                                      .abi_minor = MORTISE_ABI_MINOR,
                                                      .route_count = sizeof(routes) / sizeof(routes[0]),
                                                      .id = TEXT("ping"),
                                                      .version = TEXT("1.0.0"),
                                                      .routes = routes,
                                                      .start = start,
                                                      .call = call,
                                                      .stop = stop};
