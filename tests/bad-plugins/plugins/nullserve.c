#include "bad.h"

static const mortise_method methods[] = {
    {sizeof(mortise_method), MORTISE_ACCESS_READ, TEXT(PLUGIN_ID ".things/1"), TEXT("find")}};
PLUGIN(.methods = methods, .method_count = 1);
