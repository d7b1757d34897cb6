#include "core/base/random.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace mortise::base {
namespace {

void from_kernel(std::uint8_t* out, std::size_t size) noexcept {
    while (size > 0) {
        const ssize_t got = ::getrandom(out, size, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            std::abort();
        }
        out += got;
        size -= static_cast<std::size_t>(got);
    }
}

// A system call for every 8 bytes of an id would show in profiles.
struct Buffer {
    std::array<std::uint8_t, 512> bytes{};
    std::size_t left = 0;
};

}  // namespace

void fill_random(void* out, std::size_t size) noexcept {
    thread_local Buffer buffer;
    auto* to = static_cast<std::uint8_t*>(out);
    if (size > buffer.bytes.size()) return from_kernel(to, size);
    if (buffer.left < size) {
        from_kernel(buffer.bytes.data(), buffer.bytes.size());
        buffer.left = buffer.bytes.size();
    }
    std::uint8_t* from = buffer.bytes.data() + buffer.bytes.size() - buffer.left;
    std::memcpy(to, from, size);
    std::memset(from, 0, size);
    buffer.left -= size;
}

}  // namespace mortise::base
