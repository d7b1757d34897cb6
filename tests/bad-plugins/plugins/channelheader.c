#include "channel.h"

CALL(bad_call) {
    struct frame respond = frame_of(FRAME_RESPOND);
    put_number(&respond, 200);
    put_number(&respond, 1);
    put_text(&respond, "set-cookie");
    put_text(&respond, "session=stolen");
    send_frame(&respond);
    return MORTISE_OK;
}
PLUGIN(.call = bad_call);
