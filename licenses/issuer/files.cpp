#include "licenses/issuer/files.hpp"

#include "licenses/issuer/failure.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace mortise::issuer {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) {
    return std::generic_category().message(error);
}

Failure io_error(const fs::path& path, int error) {
    return Failure("io_error", path.string() + ": " + reason(error));
}

Failure exists_already(const fs::path& path) {
    return Failure("exists", path.string() + " exists already and is left as it is. Choose another name.");
}

void write_all(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw io_error(path, errno);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd) != 0) throw io_error(path, errno);
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t max_bytes) {
    std::ifstream in(path, std::ios::binary);
    if (!in || fs::is_directory(path)) throw io_error(path, errno != 0 ? errno : EISDIR);
    std::string out(max_bytes + 1, '\0');
    in.read(out.data(), static_cast<std::streamsize>(out.size()));
    out.resize(static_cast<std::size_t>(in.gcount()));
    if (out.size() > max_bytes) throw Failure("too_large", path.string() + " is too large for such a file.");
    return out;
}

std::string read_line_file(const fs::path& path) {
    std::string line = read_file(path, 4096);
    if (line.ends_with('\n')) line.pop_back();
    if (line.empty() || line.find('\n') != std::string::npos)
        throw Failure("io_error", path.string() + " must hold exactly one line.");
    return line;
}

void write_new_file(const fs::path& path, std::string_view content, unsigned mode) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST) throw exists_already(path);
    if (fd < 0) throw io_error(path, errno);
    try {
        write_all(fd, content, path);
    } catch (...) {
        ::close(fd);
        ::unlink(path.c_str());
        throw;
    }
    ::close(fd);
}

NewFolder::NewFolder(const fs::path& target) : target_(fs::absolute(target).lexically_normal()) {
    if (!target_.has_filename()) target_ = target_.parent_path();  // a trailing slash
    std::error_code error;
    if (fs::exists(target_, error) && !fs::is_empty(target_, error)) throw exists_already(target_);
    fs::create_directories(target_.parent_path(), error);
    std::string name = target_.string() + ".new-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw io_error(target_, errno);
    path_ = name;
}

NewFolder::~NewFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

void NewFolder::commit() {
    if (::rename(path_.c_str(), target_.c_str()) != 0) {
        if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) throw exists_already(target_);
        throw io_error(target_, errno);
    }
    path_.clear();
}

}  // namespace mortise::issuer
