#include "channel.h"

/* A call of another plugin's method whose name is longer than one can be. */
CALL(bad_call) {
    char name[100];
    memset(name, 'm', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    struct frame ask = frame_of(FRAME_CALL_PEER);
    put_text(&ask, "milestones.all/1");
    put_text(&ask, name);
    send_frame(&ask);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
