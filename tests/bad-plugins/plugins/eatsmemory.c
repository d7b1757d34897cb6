#include "bad.h"

CALL(bad_call) {
    for (;;) {
        char* volatile more = malloc(16 * 1024 * 1024);
        if (more == NULL) abort();
        for (int i = 0; i < 16 * 1024 * 1024; i += 64 * 1024)
            more[i] = 1;
    }
}
PLUGIN(.call = bad_call);
