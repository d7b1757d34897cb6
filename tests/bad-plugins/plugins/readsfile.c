#include "bad.h"

#include <fcntl.h>
#include <unistd.h>

CALL(bad_call) {
    const int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return answer(call, "denied");
    close(fd);
    return answer(call, "read");
}
PLUGIN(.call = bad_call);
