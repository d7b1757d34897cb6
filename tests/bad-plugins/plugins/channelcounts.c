#include "channel.h"

/* Claims to have answered a flag that its manifest does not list. */
CALL(bad_call) {
    struct frame counts = frame_of(FRAME_FLAG_COUNTS);
    put_number(&counts, 1);
    put_number(&counts, 7);
    put_text(&counts, "on");
    put_number(&counts, 1000);
    send_frame(&counts);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
