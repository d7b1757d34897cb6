#include "channel.h"

CALL(bad_call) {
    (void)!write(3, "\xff\0\0\0\x47", 5);
    for (;;)
        pause();
    return MORTISE_OK;
}
PLUGIN(.call = bad_call);
