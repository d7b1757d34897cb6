/* Frames of a worker's channel, as core/host/worker_codec.hpp has them, for plugins that write their own into
 * descriptor 3. */
#ifndef MORTISE_TESTS_CHANNEL_H
#define MORTISE_TESTS_CHANNEL_H

#include "bad.h"

#include <unistd.h>

enum {
    FRAME_RUN_STATEMENT = 68,
    FRAME_EVENT = 70,
    FRAME_RESPOND = 71,
    FRAME_WRITE = 73,
    FRAME_RETURN = 74,
    FRAME_FLAG_COUNTS = 77,
    FRAME_CALL_PEER = 78
};

struct frame {
    uint8_t bytes[512];
    uint32_t size;
};

UNUSED static void put(struct frame* frame, const void* data, size_t size) {
    memcpy(frame->bytes + frame->size, data, size);
    frame->size += (uint32_t)size;
}
UNUSED static void put_number(struct frame* frame, uint32_t number) {
    put(frame, &number, sizeof(number));
}
UNUSED static void put_text(struct frame* frame, const char* literal) {
    put_number(frame, (uint32_t)strlen(literal));
    put(frame, literal, strlen(literal));
}
UNUSED static struct frame frame_of(uint8_t type) {
    struct frame frame = {{0}, 0};
    put_number(&frame, 0);
    put(&frame, &type, 1);
    return frame;
}
UNUSED static int send_frame(struct frame* frame) {
    const uint32_t rest = frame->size - 4;
    memcpy(frame->bytes, &rest, sizeof(rest));
    return write(3, frame->bytes, frame->size) == (ssize_t)frame->size;
}
/* A whole answer: 200 with a text. */
UNUSED static void send_answer(const char* body) {
    struct frame respond = frame_of(FRAME_RESPOND), piece = frame_of(FRAME_WRITE),
                 end = frame_of(FRAME_RETURN);
    put_number(&respond, 200);
    put_number(&respond, 0);
    put(&piece, body, strlen(body));
    put_number(&end, 0);
    send_frame(&respond);
    send_frame(&piece);
    send_frame(&end);
}

#endif
