#define THROWING_STOP throw 1
#include "throws.hpp"
