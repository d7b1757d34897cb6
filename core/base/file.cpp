#include "core/base/file.hpp"

#include "core/base/system_error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace mortise::base {
namespace {

// Owns a descriptor.
class Descriptor {
 public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return fd_; }
    bool close() noexcept { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
    int fd_;
};

Error file_error(const std::filesystem::path& path, std::string_view what) {
    return {ErrorKind::kInvalid, "file_error", fmt::format("{}: {}", path.string(), what)};
}

Error last_error(const std::filesystem::path& path) {
    const int number = errno;
    if (!lack_of(number).empty()) return system_error(number, path.string());
    return file_error(path, std::strerror(number));
}

bool write_all(int fd, std::string_view content) noexcept {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

Status sync_folder(const std::filesystem::path& folder) {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) return last_error(folder);
    return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
    // Non-blocking, so that a FIFO in the file's place can't hold the caller.
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) return last_error(path);
    if (!S_ISREG(status.st_mode)) return file_error(path, "not a regular file");
    // Before room is made for it: the size of a sparse file costs nothing.
    const auto too_large = [&] { return file_error(path, fmt::format("larger than {} bytes", limit)); };
    if (static_cast<std::size_t>(status.st_size) > limit) return too_large();
    std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
    std::size_t size = 0;
    while (content.size() <= limit + 1) {
        const ssize_t got = ::read(fd.get(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error(path);
        size += static_cast<std::size_t>(got);
        if (got == 0) {
            content.resize(size);
            return content;
        }
        if (size == content.size()) content.resize(content.size() * 2);
    }
    return too_large();
}

Status write_file(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    const std::filesystem::path temporary = path.string() + ".new";
    ::unlink(temporary.c_str());
    Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (fd.get() < 0) return last_error(temporary);
    if (!write_all(fd.get(), content) || ::fsync(fd.get()) != 0 || !fd.close()) {
        Error failed = last_error(temporary);
        ::unlink(temporary.c_str());
        return failed;
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        Error failed = last_error(path);
        ::unlink(temporary.c_str());
        return failed;
    }
    return sync_folder(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

}  // namespace mortise::base
