#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <stddef.h>

_Static_assert(sizeof(mortise_value) == 24, "a value is a type and at most a pointer with its length");
_Static_assert(sizeof(mortise_uuid) == 16, "");
_Static_assert(offsetof(mortise_plugin_entry_v1, stop) == 72, "an entry of 1.0 ends with it");
_Static_assert(offsetof(mortise_plugin_entry_v1, method_count) == 80, "where 1.1 begins");
_Static_assert(offsetof(mortise_plugin_entry_v1, serve) == 96 && sizeof(mortise_plugin_entry_v1) == 104, "");
_Static_assert(sizeof(mortise_method) == 40, "");
_Static_assert(sizeof(mortise_method_call) == 40, "");
_Static_assert(sizeof(mortise_peer_sink) == 32, "");
