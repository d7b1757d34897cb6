#include "bad.h"

static mortise_status start(const mortise_host* host, void** instance) {
    (void)host, (void)instance;
    for (volatile int forever = 1; forever;) {
    }
    return MORTISE_OK;
}
PLUGIN(.start = start);
