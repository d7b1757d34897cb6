#include "bad.h"

PLUGIN(.abi_minor = 0);
