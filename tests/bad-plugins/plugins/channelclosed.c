#include "channel.h"

CALL(bad_call) {
    close(3);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
