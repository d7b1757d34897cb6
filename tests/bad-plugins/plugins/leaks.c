#include "bad.h"

CALL(bad_call) {
    for (int i = 0; i < 16; ++i) {
        char* volatile lost = malloc(1024 * 1024);
        MUST(lost != NULL);
        memset(lost, 1, 1024 * 1024);
    }
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
