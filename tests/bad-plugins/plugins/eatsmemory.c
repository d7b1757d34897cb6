#include "bad.h"

CALL(bad_call) {
    for (;;) {
        char* volatile more = malloc(16 * 1024 * 1024);
        if (more == NULL) abort();
        memset(more, 1, 16 * 1024 * 1024);
    }
}
PLUGIN(.call = bad_call);
