#include "bad.h"

CALL(bad_call) {
    char* volatile small = malloc(16);
    memset(small, 0x41, 1024 * 1024 * 64);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
