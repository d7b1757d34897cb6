#include "bad.h"

#include <unistd.h>

/* Leaves as many processes as it gets, then dies: what it left must die with it. */
CALL(bad_call) {
    for (int made = 0; made < 1000; ++made) {
        const pid_t child = fork();
        if (child < 0) abort();
        while (child == 0)
            pause();
    }
    return answer(call, "unbounded");
}
PLUGIN(.call = bad_call);
