#include "bad.h"

CALL(bad_call) {
    MUST(http->respond(http, call, 99, NULL, 0) == MORTISE_E_INVALID);
    MUST(http->respond(http, call, 101, NULL, 0) == MORTISE_E_INVALID);
    MUST(http->respond(http, call, 600, NULL, 0) == MORTISE_E_INVALID);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
