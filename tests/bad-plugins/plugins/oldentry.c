#include "bad.h"

#include <stddef.h>

/* What stands behind its size is not the host's to read. */
PLUGIN(.size = offsetof(mortise_plugin_entry_v1, method_count), .method_count = 0x7fffffff,
       .methods = (const mortise_method*)16);
