#include "bad.h"

CALL(bad_call) {
    const size_t size = 1024 * 1024;
    char* line = malloc(size);
    MUST(line != NULL);
    memset(line, 0xff, size); /* no UTF-8 either */
    memcpy(line, "\"}\n{\"level\":\"error\",\"plugin\":\"forged\"}\n", 40);
    const mortise_text message = {line, size};
    const mortise_pair field = {TEXT("level\":\"error"), {line, size}};
    for (int i = 0; i < 200; ++i)
        plugin_log->write(plugin_log, call, MORTISE_LOG_INFO, message, &field, 1);
    free(line);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
