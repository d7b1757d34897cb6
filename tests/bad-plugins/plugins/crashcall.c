#include "bad.h"

CALL(bad_call) {
    *(volatile int*)instance = 1;
    return MORTISE_OK;
}
PLUGIN(.call = bad_call);
