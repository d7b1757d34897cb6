#include "bad.h"

CALL(bad_call) {
    return MORTISE_OK;
}
PLUGIN(.call = bad_call);
