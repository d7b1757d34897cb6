#include "bad.h"

#include <sys/resource.h>
#include <unistd.h>

CALL(bad_call) {
    MUST(setuid(0) != 0);
    MUST(setgid(0) != 0);
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    MUST(setrlimit(RLIMIT_NOFILE, &more) != 0);
    MUST(chroot("/") != 0);
    return answer(call, "denied");
}
PLUGIN(.call = bad_call);
