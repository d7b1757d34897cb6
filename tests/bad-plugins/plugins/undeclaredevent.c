#include "bad.h"

CALL(bad_call) {
    mortise_event event = {sizeof(event), 0, TEXT("thing.stolen"), TEXT("1"), TEXT("{}")};
    MUST(events->publish(events, call, &event) == MORTISE_E_DENIED);
    event.type = text("mortise.milestones.milestone.created");
    MUST(events->publish(events, call, &event) == MORTISE_E_DENIED);
    event.type = text("thing.made"); /* declared, but this route only reads */
    MUST(events->publish(events, call, &event) == MORTISE_E_DENIED);
    event.size = 4;
    MUST(events->publish(events, call, &event) == MORTISE_E_INVALID);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
