#include "bad.h"

CALL(bad_call) {
    const mortise_problem problem = {sizeof(problem),      409,       TEXT("taken"),
                                     TEXT("It is taken."), {NULL, 0}, {NULL, 0}};
    (void)answer(call, "not to be seen");
    (void)http->fail(http, call, &problem);
    const mortise_status written = http->write(http, call, (const uint8_t*)"x", 1);
    return written == MORTISE_E_WRONG_CALL ? MORTISE_OK : MORTISE_E_INTERNAL;
}
PLUGIN(.call = bad_call);
