#include "core/crypto/init.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

namespace mortise::crypto {

void init() noexcept {
    static const bool ready = [] {
        if (sodium_init() >= 0) return true;
        std::fputs("mortise: libsodium finds no source of randomness\n", stderr);
        std::abort();
    }();
    static_cast<void>(ready);
}

}  // namespace mortise::crypto
