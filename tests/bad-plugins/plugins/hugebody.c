#include "bad.h"

CALL(bad_call) {
    static uint8_t piece[MORTISE_BATCH_BYTES];
    mortise_status status = http->respond(http, call, 200, NULL, 0);
    for (int i = 0; status == MORTISE_OK && i < 2000; ++i)
        status = http->write(http, call, piece, sizeof(piece));
    return status == MORTISE_E_TOO_BIG ? MORTISE_E_TOO_BIG : MORTISE_OK;
}
PLUGIN(.call = bad_call);
