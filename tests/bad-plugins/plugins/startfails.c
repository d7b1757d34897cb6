#include "bad.h"

static mortise_status start(const mortise_host* host, void** instance) {
    (void)host, (void)instance;
    return MORTISE_E_UNAVAILABLE;
}
PLUGIN(.start = start);
