#include "bad.h"

#include <pthread.h>

/* Goes on calling while and after the call ends. */
static void* haunt(void* argument) {
    const mortise_call call = (mortise_call)(uintptr_t)argument;
    for (int i = 0; i < 100000; ++i)
        (void)http->write(http, call, (const uint8_t*)"boo", 3);
    return NULL;
}

CALL(bad_call) {
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, haunt, (void*)(uintptr_t)call) == 0);
    pthread_detach(thread);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
