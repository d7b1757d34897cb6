#include "channel.h"

/* A line as the worker's own are, of a level that there is none of; and one of another call. */
CALL(bad_call) {
    struct frame line = {{0}, 0};
    put(&line, "\1mortise-log", 12);
    put(&line, "\0\0\0\0\x46\x09", 6);
    (void)!write(2, line.bytes, line.size);
    struct frame other = {{0}, 0};
    put(&other, "\1mortise-log", 12);
    put(&other, "\0\0\0\0\x46\x03", 6);
    put_text(&other, "00000000-0000-0000-0000-000000000000");
    put_text(&other, "victim");
    put_text(&other, "forged");
    put_number(&other, 1);
    put_text(&other, "plugin");
    put_text(&other, "milestones");
    (void)!write(2, other.bytes, other.size);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
