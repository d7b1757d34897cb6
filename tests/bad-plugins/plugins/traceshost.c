#include "bad.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

CALL(bad_call) {
    char path[64];
    MUST(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) != 0);
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
    MUST(open(path, O_RDWR) < 0);
    return answer(call, "denied");
}
PLUGIN(.call = bad_call);
