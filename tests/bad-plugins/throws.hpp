#pragma once

// A plugin in C++ without the SDK's wrapper, which would have caught what it throws.
#include "bad.h"

#ifndef THROWING_CALL
#define THROWING_CALL return answer(call, "ok")
#endif
#ifndef THROWING_STOP
#define THROWING_STOP good_stop(instance)
#endif
#ifndef THROWING_START
#define THROWING_START return good_start(host, instance)
#endif

static mortise_status start([[maybe_unused]] const mortise_host* host, [[maybe_unused]] void** instance) {
    THROWING_START;
}

static void stop([[maybe_unused]] void* instance) {
    THROWING_STOP;
}

CALL(throwing_call) {
    THROWING_CALL;
}

static const mortise_route routes[] = {{sizeof(mortise_route),
                                        MORTISE_METHOD_GET,
                                        MORTISE_ACCESS_READ,
                                        0,
                                        {},
                                        TEXT("use"),
                                        TEXT("Misbehaves"),
                                        TEXT(PLUGIN_ID ":use"),
                                        {},
                                        {},
                                        {},
                                        0,
                                        {},
                                        200,
                                        0,
                                        TEXT("text/plain"),
                                        {},
                                        {}}};

const mortise_plugin_entry_v1 mortise_plugin_entry = {sizeof(mortise_plugin_entry_v1),
                                                      MORTISE_ABI_MAJOR,
                                                      0,
                                                      1,
                                                      TEXT(PLUGIN_ID),
                                                      TEXT("1.0.0"),
                                                      routes,
                                                      start,
                                                      throwing_call,
                                                      stop};
