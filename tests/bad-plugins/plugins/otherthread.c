#include "bad.h"

#include <pthread.h>

struct attempt {
    mortise_call call;
    mortise_status http;
    mortise_status sql;
};

static void* use(void* argument) {
    struct attempt* attempt = argument;
    attempt->http = http->respond(http, attempt->call, 200, NULL, 0);
    attempt->sql = sql->run(sql, attempt->call, text("one"), NULL, 0, NULL, NULL);
    return NULL;
}

CALL(bad_call) {
    pthread_t thread;
    struct attempt attempt = {call, MORTISE_OK, MORTISE_OK};
    MUST(pthread_create(&thread, NULL, use, &attempt) == 0);
    pthread_join(thread, NULL);
    MUST(attempt.http == MORTISE_E_WRONG_CALL);
    MUST(attempt.sql == MORTISE_E_WRONG_CALL);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
