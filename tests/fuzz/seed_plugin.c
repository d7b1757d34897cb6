/* The smallest library that the ELF check accepts: the seed of its fuzz target. */
#include "mortise/abi/plugin.h"

const mortise_plugin_entry_v1 mortise_plugin_entry = {.size = sizeof(mortise_plugin_entry_v1),
                                                      .abi_major = MORTISE_ABI_MAJOR};
