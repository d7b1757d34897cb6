#include "bad.h"

static void stop(void* instance) {
    (void)instance;
    exit(3);
}
PLUGIN(.stop = stop);
