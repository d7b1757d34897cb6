#include "bad.h"

__attribute__((constructor)) static void leave(void) {
    exit(0);
}
PLUGIN(.abi_minor = 0);
