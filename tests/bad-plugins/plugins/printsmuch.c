#include "bad.h"

#include <stdio.h>

CALL(bad_call) {
    static char line[4096];
    memset(line, 'p', sizeof(line) - 2);
    for (int i = 0; i < 5000; ++i) {
        fputs(line, stdout);
        fputs(line, stderr);
    }
    fputs("{\"level\":\"error\",\"plugin\":\"forged\"}\n", stderr);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
