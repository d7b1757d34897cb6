#include "bad.h"

#include <sys/wait.h>
#include <unistd.h>

CALL(bad_call) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    if (child < 0) return answer(call, "denied");
    waitpid(child, NULL, 0);
    return answer(call, "forked");
}
PLUGIN(.call = bad_call);
