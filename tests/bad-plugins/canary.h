/* Leaves a file when it is loaded, so that a test sees that it was not. */
#ifndef MORTISE_TESTS_CANARY_H
#define MORTISE_TESTS_CANARY_H

#include "bad.h"

#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void sing(void) {
    const int fd = open(CANARY_FOLDER "/" PLUGIN_ID ".sang", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
}

PLUGIN(.abi_minor = 0);

#endif
