#include "bad.h"

PLUGIN(.version = TEXT("1.0.1"));
