#include "bad.h"

CALL(bad_call) {
    const mortise_call made_up[] = {0, 1, call + 1, call ^ 1, call + (1ull << 32), ~0ull};
    for (size_t i = 0; i < sizeof(made_up) / sizeof(made_up[0]); ++i) {
        uint64_t read = 0;
        uint8_t byte = 0;
        MUST(http->respond(http, made_up[i], 200, NULL, 0) == MORTISE_E_WRONG_CALL);
        MUST(http->read_body(http, made_up[i], &byte, 1, &read) == MORTISE_E_WRONG_CALL);
        MUST(sql->run(sql, made_up[i], text("one"), NULL, 0, NULL, NULL) == MORTISE_E_WRONG_CALL);
    }
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
