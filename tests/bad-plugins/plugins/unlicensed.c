#include "canary.h"
