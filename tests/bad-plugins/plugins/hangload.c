#include "bad.h"

#include <unistd.h>

__attribute__((constructor)) static void load(void) {
    for (;;)
        pause();
}
PLUGIN(.abi_minor = 0);
