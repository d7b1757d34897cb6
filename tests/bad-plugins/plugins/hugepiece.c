#include "bad.h"

CALL(bad_call) {
    static uint8_t piece[MORTISE_BATCH_BYTES + 1];
    MUST(http->write(http, call, piece, 1) == MORTISE_E_WRONG_CALL);
    MUST(http->respond(http, call, 200, NULL, 0) == MORTISE_OK);
    if (http->write(http, call, piece, sizeof(piece)) != MORTISE_E_TOO_BIG) return MORTISE_E_INTERNAL;
    return http->write(http, call, (const uint8_t*)"ok", 2);
}
PLUGIN(.call = bad_call);
