#include "bad.h"

CALL(bad_call) {
    (void)answer(call, "not to be seen");
    return 12345;
}
PLUGIN(.call = bad_call);
