#include "core/storage/file_system.hpp"

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace mortise::storage {
namespace {

base::Error file_error(std::string_view what, const std::filesystem::path& path) {
    return base::system_error(errno, std::string(what) + " " + path.string());
}

}  // namespace

base::Status publish_file(const std::filesystem::path& temporary, const std::filesystem::path& path) {
    {
        const base::UniqueFd file(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (file.get() < 0 || ::fsync(file.get()) != 0) return file_error("sync", temporary);
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error("rename", temporary);
    return sync_directory(path.parent_path());
}

base::Status remove_file(const std::filesystem::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return file_error("remove", path);
    return {};
}

base::Status sync_directory(const std::filesystem::path& directory) {
    const base::UniqueFd opened(
        ::open((directory.empty() ? "." : directory.c_str()), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0 || ::fsync(opened.get()) != 0) return file_error("sync", directory);
    return {};
}

base::Status remove_sidecars(const std::filesystem::path& database) {
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        auto sidecar = database;
        sidecar += suffix;
        MORTISE_TRY(remove_file(sidecar));
    }
    return {};
}

}  // namespace mortise::storage
