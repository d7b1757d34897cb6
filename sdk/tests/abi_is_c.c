#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

_Static_assert(sizeof(mortise_value) == 24, "a value is a type and at most a pointer with its length");
_Static_assert(sizeof(mortise_uuid) == 16, "");
