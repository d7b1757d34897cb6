#include "bad.h"

CALL(bad_call) {
    return MORTISE_E_BUSY;
}
PLUGIN(.call = bad_call);
