#include "core/host/library.hpp"

#include "core/host/elf.hpp"
#include "core/host/sealed_file.hpp"
#include "mortise/abi/plugin.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <boost/dll/shared_library.hpp>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

Error load_failure(std::string code, std::string detail) {
    return {ErrorKind::kInvalid, std::move(code), std::move(detail)};
}

Error system_error(const std::string& name) {
    return load_failure("plugin_load_failed", fmt::format("plugin {}: {}", name, std::strerror(errno)));
}

// Threads, exceptions and function objects of a plugin may outlive any unload, so there is none; what was
// loaded stays reachable, and is no leak.
void keep_forever(std::unique_ptr<boost::dll::shared_library> library) {
    static std::mutex mutex;
    static auto& kept = *new std::vector<std::unique_ptr<boost::dll::shared_library>>;
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(library));
}

// Of ABI 1.0.
constexpr std::size_t kSmallestEntry = offsetof(mortise_plugin_entry_v1, method_count);

Status check_entry(const mortise_plugin_entry_v1& entry, const std::string& name) {
    if (entry.abi_major != MORTISE_ABI_MAJOR)
        return load_failure(
            "plugin_abi_mismatch",
            fmt::format("plugin {} was built for ABI {}.{}; this host has {}.{}: build it with this "
                        "host's SDK",
                        name, entry.abi_major, entry.abi_minor, MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR));
    if (entry.size < kSmallestEntry || entry.start == nullptr || entry.call == nullptr ||
        entry.stop == nullptr || (entry.routes == nullptr && entry.route_count > 0))
        return load_failure(
            "plugin_entry_invalid",
            fmt::format("plugin {}: mortise_plugin_entry is too small or has a null function", name));
    return {};
}

}  // namespace

Result<Library> Library::load(std::string_view bytes, const std::string& name) {
    MORTISE_TRY(check_elf(bytes, name));
    base::UniqueFd file = seal(bytes, name);
    if (!file) return system_error(name);
    try {
        auto loaded = std::make_unique<boost::dll::shared_library>(
            fmt::format("/proc/self/fd/{}", file.get()),
            boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
        file.release();  // stays open with it
        const auto* library = loaded.get();
        keep_forever(std::move(loaded));
        if (!library->has("mortise_plugin_entry"))
            return load_failure(
                "plugin_entry_invalid",
                fmt::format("plugin {}: the library does not export mortise_plugin_entry", name));
        const auto& entry = library->get<const mortise_plugin_entry_v1>("mortise_plugin_entry");
        MORTISE_TRY(check_entry(entry, name));
        return Library(entry);
    } catch (const std::exception& error) {
        return load_failure("plugin_load_failed", fmt::format("plugin {}: {}", name, error.what()));
    }
}

}  // namespace mortise::host
