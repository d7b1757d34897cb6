/* A plugin that answers at once: what a call through the ABI costs beside a handler of the core. */
#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <stddef.h>

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static const mortise_http_1* http;

static mortise_status start(const mortise_host* host, void** instance) {
    const mortise_text id = TEXT(MORTISE_HTTP_1);
    http = host->service(host, id);
    *instance = NULL;
    return http ? MORTISE_OK : MORTISE_E_NOT_FOUND;
}

static mortise_status call(void* instance, mortise_call handle, const mortise_request* request) {
    static const uint8_t body[] = {'p', 'o', 'n', 'g'};
    (void)instance;
    (void)request;
    const mortise_status begun = http->respond(http, handle, 200, NULL, 0);
    return begun != MORTISE_OK ? begun : http->write(http, handle, body, sizeof(body));
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
                                        .response_type = TEXT("text/plain")}};

const mortise_plugin_entry_v1 mortise_plugin_entry = {.size = sizeof(mortise_plugin_entry_v1),
                                                      .abi_major = MORTISE_ABI_MAJOR,
                                                      .abi_minor = MORTISE_ABI_MINOR,
                                                      .route_count = 1,
                                                      .id = TEXT("ping"),
                                                      .version = TEXT("1.0.0"),
                                                      .routes = routes,
                                                      .start = start,
                                                      .call = call,
                                                      .stop = stop};
