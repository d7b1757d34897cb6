#include "bad.h"

PLUGIN(.stop = NULL);
