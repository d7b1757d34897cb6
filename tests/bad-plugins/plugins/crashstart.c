#include "bad.h"

static mortise_status start(const mortise_host* host, void** instance) {
    (void)host;
    *(volatile int*)*instance = 1;
    return MORTISE_OK;
}
PLUGIN(.start = start);
