#include "core/host/sealed_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace mortise::host {

base::UniqueFd seal(std::string_view bytes, const std::string& name) {
    base::UniqueFd file(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    while (file && !bytes.empty()) {
        const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return base::UniqueFd();
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (!file ||
        ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
        return base::UniqueFd();
    return file;
}

}  // namespace mortise::host
