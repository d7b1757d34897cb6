#include "bad.h"

static mortise_status bad_call(void* instance, mortise_call call, const mortise_request* request);

CALL(bad_call) {
    volatile char frame[4096];
    frame[0] = (char)call;
    const mortise_status inner = bad_call(instance, call + 1, request);
    return inner + frame[0];
}
PLUGIN(.call = bad_call);
