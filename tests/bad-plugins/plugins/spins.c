#include "bad.h"

CALL(bad_call) {
    for (volatile int forever = 1; forever;) {
    }
    return MORTISE_OK;
}
PLUGIN(.call = bad_call);
