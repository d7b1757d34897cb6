#include "core/host/library.hpp"

#include "core/host/elf.hpp"
#include "mortise/abi/plugin.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>

#include <boost/dll/shared_library.hpp>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

Error refused(std::string code, std::string detail) {
    return {ErrorKind::kInvalid, std::move(code), std::move(detail)};
}

Error system_error(const std::string& name) {
    return refused("plugin_load_failed", fmt::format("plugin {}: {}", name, std::strerror(errno)));
}

// A descriptor of an unnamed file that holds `bytes` and can't be changed any more; -1 with errno on failure.
int sealed_file(std::string_view bytes, const std::string& name) {
    const int fd = ::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -1;
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) break;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (!bytes.empty() ||
        ::fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

Status check_entry(const mortise_plugin_entry_v1& entry, const std::string& name) {
    if (entry.abi_major != MORTISE_ABI_MAJOR)
        return refused(
            "plugin_abi_mismatch",
            fmt::format("plugin {} was built for ABI {}.{}; this host has {}.{}: build it with this "
                        "host's SDK",
                        name, entry.abi_major, entry.abi_minor, MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR));
    if (entry.size < sizeof(mortise_plugin_entry_v1) || entry.start == nullptr || entry.call == nullptr ||
        entry.stop == nullptr || (entry.routes == nullptr && entry.route_count > 0))
        return refused(
            "plugin_entry_invalid",
            fmt::format("plugin {}: mortise_plugin_entry is too small or has a null function", name));
    return {};
}

}  // namespace

Result<Library> Library::load(std::string_view bytes, const std::string& name) {
    MORTISE_TRY(check_elf(bytes, name));
    const int fd = sealed_file(bytes, name);
    if (fd < 0) return system_error(name);
    try {
        // Never freed, so the library is never unmapped, and the descriptor stays open with it.
        auto* library = new boost::dll::shared_library(
            fmt::format("/proc/self/fd/{}", fd),
            boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
        if (!library->has("mortise_plugin_entry"))
            return refused("plugin_entry_invalid",
                           fmt::format("plugin {}: the library does not export mortise_plugin_entry", name));
        const auto& entry = library->get<const mortise_plugin_entry_v1>("mortise_plugin_entry");
        MORTISE_TRY(check_entry(entry, name));
        return Library(entry);
    } catch (const std::exception& error) {
        return refused("plugin_load_failed", fmt::format("plugin {}: {}", name, error.what()));
    }
}

}  // namespace mortise::host
