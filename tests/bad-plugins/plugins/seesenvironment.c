#include "bad.h"

CALL(bad_call) {
    return answer(call, getenv("MORTISE_ADMIN_PASSWORD") == NULL ? "empty" : "full");
}
PLUGIN(.call = bad_call);
