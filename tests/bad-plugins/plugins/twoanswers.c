#include "bad.h"

CALL(bad_call) {
    MUST(answer(call, "first") == MORTISE_OK);
    if (http->respond(http, call, 201, NULL, 0) != MORTISE_E_WRONG_CALL) return MORTISE_E_INTERNAL;
    return MORTISE_OK;
}
PLUGIN(.call = bad_call);
