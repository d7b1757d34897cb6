#include "bad.h"

PLUGIN(.call = NULL);
