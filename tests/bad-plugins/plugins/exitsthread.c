#include "bad.h"

#include <pthread.h>

CALL(bad_call) {
    pthread_exit(NULL);
}
PLUGIN(.call = bad_call);
