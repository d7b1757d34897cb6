#include "bad.h"

#include <signal.h>
#include <unistd.h>

CALL(bad_call) {
    kill(getpid(), SIGKILL);
    return MORTISE_OK;
}
PLUGIN(.call = bad_call);
