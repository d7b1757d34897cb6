#include "bad.h"

#include <unistd.h>

CALL(bad_call) {
    for (;;)
        pause();
    return MORTISE_OK;
}
PLUGIN(.call = bad_call);
