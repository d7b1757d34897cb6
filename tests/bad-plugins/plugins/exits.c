#include "bad.h"

CALL(bad_call) {
    exit(0);
}
PLUGIN(.call = bad_call);
