#define THROWING_START throw 1
#include "throws.hpp"
