#include "bad.h"

UNUSED static mortise_status (*const kept)(void*, mortise_call, const mortise_request*) = good_call;
