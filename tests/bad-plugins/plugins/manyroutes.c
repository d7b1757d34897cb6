#include "bad.h"

PLUGIN(.route_count = 0xffffffff);
