#include "bad.h"

__attribute__((visibility("default"))) int mortise_extra = 1;
PLUGIN(.abi_minor = 0);
