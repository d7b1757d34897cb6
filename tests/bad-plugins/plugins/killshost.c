#include "bad.h"

#include <signal.h>
#include <unistd.h>

CALL(bad_call) {
    MUST(kill(getppid(), SIGTERM) != 0);
    MUST(kill(getppid(), 0) != 0);
    return answer(call, "denied");
}
PLUGIN(.call = bad_call);
