#include "bad.h"

static void stop(void* instance) {
    *(volatile int*)instance = 1;
}
PLUGIN(.stop = stop);
