#include "core/storage/file_system.hpp"

#include "core/storage/error_map.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace mortise::storage {
namespace {

class Descriptor {
 public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const noexcept { return fd_; }

 private:
    int fd_;
};

base::Error file_error(std::string_view what, const std::filesystem::path& path) {
    const int code = errno;
    const auto log_text =
        std::string(what) + " " + path.string() + ": " + std::generic_category().message(code);
    return storage_error(code == ENOSPC || code == EDQUOT ? kFull : "", log_text);
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

base::Status write_file_durably(const std::filesystem::path& path, std::string_view bytes) {
    auto temporary = path;
    temporary += ".new";
    {
        const Descriptor file(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (file.get() < 0) return file_error("open", temporary);
        if (!write_all(file.get(), bytes)) return file_error("write", temporary);
    }
    return publish_file(temporary, path);
}

base::Status publish_file(const std::filesystem::path& temporary, const std::filesystem::path& path) {
    {
        const Descriptor file(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (file.get() < 0 || ::fsync(file.get()) != 0) return file_error("sync", temporary);
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error("rename", temporary);
    return sync_directory(path.parent_path());
}

base::Result<std::string> read_file(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0) return file_error("open", path);
    std::string bytes;
    std::array<char, 1 << 16> buffer;
    for (;;) {
        const auto count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file_error("read", path);
        if (count == 0) return bytes;
        bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

base::Status remove_file(const std::filesystem::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return file_error("remove", path);
    return {};
}

base::Status sync_directory(const std::filesystem::path& directory) {
    const Descriptor opened(
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
