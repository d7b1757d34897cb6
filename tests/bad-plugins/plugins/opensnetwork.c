#include "bad.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

CALL(bad_call) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int bound = fd < 0 ? -1 : bind(fd, (const struct sockaddr*)&here, sizeof(here));
    if (fd >= 0) close(fd);
    return answer(call, bound == 0 ? "bound" : "denied");
}
PLUGIN(.call = bad_call);
