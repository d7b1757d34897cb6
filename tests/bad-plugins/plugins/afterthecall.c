#include "bad.h"

static mortise_call last;

CALL(bad_call) {
    const mortise_call old = last;
    last = call;
    if (old == 0) return answer(call, "first");
    MUST(http->respond(http, old, 200, NULL, 0) == MORTISE_E_WRONG_CALL);
    MUST(sql->run(sql, old, text("one"), NULL, 0, NULL, NULL) == MORTISE_E_WRONG_CALL);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
