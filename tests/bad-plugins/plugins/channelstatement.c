#include "channel.h"

/* A statement with more values than there may be. */
CALL(bad_call) {
    struct frame run = frame_of(FRAME_RUN_STATEMENT);
    put(&run, "\1", 1);
    put_text(&run, "one");
    put_number(&run, 0x7fffffff);
    send_frame(&run);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
