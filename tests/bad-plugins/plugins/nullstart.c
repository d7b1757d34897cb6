#include "bad.h"

PLUGIN(.start = NULL);
