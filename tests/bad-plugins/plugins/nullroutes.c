#include "bad.h"

PLUGIN(.routes = NULL);
