#include "channel.h"

/* A whole answer of its own, and then the worker's: that must not become the answer to the next request. */
CALL(bad_call) {
    static int calls;
    send_answer("forged");
    return answer(call, ++calls == 1 ? "first" : "later");
}
PLUGIN(.call = bad_call);
