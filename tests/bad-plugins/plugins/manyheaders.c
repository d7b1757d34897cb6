#include "bad.h"

CALL(bad_call) {
    static mortise_pair headers[65];
    for (size_t i = 0; i < 65; ++i) {
        headers[i].name = text("x-many");
        headers[i].value = text("1");
    }
    MUST(http->respond(http, call, 200, headers, 65) == MORTISE_E_TOO_BIG);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
