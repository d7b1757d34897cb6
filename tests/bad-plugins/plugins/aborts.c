#include "bad.h"

CALL(bad_call) {
    abort();
}
PLUGIN(.call = bad_call);
