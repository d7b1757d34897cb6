#include "bad.h"

#include <fcntl.h>
#include <unistd.h>

CALL(bad_call) {
    const int fd = open(CANARY_FOLDER "/" PLUGIN_ID ".written", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) return answer(call, "denied");
    close(fd);
    unlink(CANARY_FOLDER "/" PLUGIN_ID ".written");
    return answer(call, "written");
}
PLUGIN(.call = bad_call);
