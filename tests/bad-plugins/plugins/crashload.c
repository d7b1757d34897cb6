#include "bad.h"

__attribute__((constructor)) static void crash(void) {
    *(volatile int*)NULL = 1;
}
PLUGIN(.abi_minor = 0);
