#include "bad.h"

#include <unistd.h>

static void stop(void* instance) {
    (void)instance;
    for (;;)
        pause();
}
PLUGIN(.stop = stop);
