#include "bad.h"

CALL(bad_call) {
    uint64_t read = 0;
    MUST(http->read_body(http, call, NULL, 10, &read) == MORTISE_E_INVALID);
    MUST(http->read_body(http, call, NULL, 0, NULL) == MORTISE_E_INVALID);
    MUST(http->respond(NULL, call, 200, NULL, 0) == MORTISE_E_INVALID);
    MUST(http->respond(http, call, 200, NULL, 3) == MORTISE_E_INVALID);
    MUST(http->fail(http, call, NULL) == MORTISE_E_INVALID);
    MUST(events->publish(events, call, NULL) == MORTISE_E_INVALID);
    MUST(settings->get(settings, call, NULL) == MORTISE_E_INVALID);
    const mortise_sink sink = {NULL, NULL};
    MUST(settings->get(settings, call, &sink) == MORTISE_E_INVALID);
    MUST(sql->run(sql, call, text("one"), NULL, 0, &sink, NULL) == MORTISE_E_INVALID);
    plugin_log->write(NULL, call, 0, text("x"), NULL, 0);
    plugin_log->write(plugin_log, call, 99, text("x"), NULL, 7);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
