#include "channel.h"

CALL(bad_call) {
    static const uint8_t garbage[64] = {0xff, 0xff, 0xff, 0xff, 0xff};
    (void)!write(3, garbage, sizeof(garbage));
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
