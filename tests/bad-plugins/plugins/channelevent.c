#include "channel.h"

/* An event of another plugin, on a route that only reads. */
CALL(bad_call) {
    struct frame event = frame_of(FRAME_EVENT);
    put_text(&event, "mortise.milestones.milestone.created");
    put_text(&event, "M-1");
    put_text(&event, "{}");
    send_frame(&event);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
