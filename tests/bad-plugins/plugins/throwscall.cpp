// No exception may cross; this one does.
#define THROWING_CALL throw 1
#include "throws.hpp"
