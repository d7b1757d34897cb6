#include "bad.h"

CALL(bad_call) {
    (void)answer(call, "not to be seen");
    return MORTISE_E_INTERNAL;
}
PLUGIN(.call = bad_call);
