#include "bad.h"

PLUGIN(.abi_major = MORTISE_ABI_MAJOR + 1);
