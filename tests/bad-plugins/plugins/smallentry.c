#include "bad.h"

PLUGIN(.size = 16);
