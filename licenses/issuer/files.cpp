#include "licenses/issuer/files.hpp"

#include "licenses/issuer/failure.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// A rename counts only when the folder that it changed is on the disk.
void sync_folder(const fs::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

// A file beside `path` with the content, to be renamed; removed unless it was.
class Draft {
 public:
    Draft(const fs::path& path, std::string_view content, unsigned mode, bool sync) : path_(path) {
        name_ = (folder_of(path) / ("." + path.filename().string() + ".XXXXXX")).string();
        const int fd = ::mkostemp(name_.data(), O_CLOEXEC);
        if (fd < 0) throw io_error(path, errno);
        try {
            if (::fchmod(fd, mode) != 0) throw io_error(path, errno);
            write_all(fd, content, path);
            if (sync && ::fsync(fd) != 0) throw io_error(path, errno);
        } catch (...) {
            ::close(fd);
            ::unlink(name_.c_str());
            throw;
        }
        ::close(fd);
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() {
        if (!name_.empty()) ::unlink(name_.c_str());
    }

    void replace() {
        if (::rename(name_.c_str(), path_.c_str()) != 0) throw io_error(path_, errno);
        name_.clear();
    }

    // Not every file system can rename without replacing; then a second name does the same.
    void become_new() {
        if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
            name_.clear();
            return;
        }
        if (errno == EEXIST) throw exists_already(path_);
        if (errno != EINVAL && errno != ENOSYS) throw io_error(path_, errno);
        if (::link(name_.c_str(), path_.c_str()) == 0) return;
        if (errno == EEXIST) throw exists_already(path_);
        throw io_error(path_, errno);
    }

 private:
    fs::path path_;
    std::string name_;
};

}  // namespace

std::string read_file(const fs::path& path, std::size_t max_bytes) {
    std::ifstream in(path, std::ios::binary);
    if (!in || fs::is_directory(path)) throw io_error(path, errno != 0 ? errno : EISDIR);
    constexpr std::size_t kPiece = 64 * 1024;
    std::string out;
    while (in && out.size() <= max_bytes) {
        const std::size_t before = out.size();
        const std::size_t piece = std::min(std::max(kPiece, before), max_bytes + 1 - before);
        out.resize(before + piece);
        in.read(out.data() + before, static_cast<std::streamsize>(piece));
        out.resize(before + static_cast<std::size_t>(in.gcount()));
    }
    if (out.size() > max_bytes) throw Failure("too_large", path.string() + " is too large for such a file.");
    return out;
}

std::string read_line_file(const fs::path& path, std::size_t max_bytes) {
    std::string line = read_file(path, max_bytes + 1);
    if (line.ends_with('\n')) line.pop_back();
    if (line.empty() || line.find('\n') != std::string::npos)
        throw Failure("io_error", path.string() + " must hold exactly one line.");
    return line;
}

void write_new_file(const fs::path& path, std::string_view content, unsigned mode) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(path, ignored))) throw exists_already(path);
    Draft draft(path, content, mode, true);
    draft.become_new();
    sync_folder(folder_of(path));
}

void replace_file(const fs::path& path, std::string_view content, unsigned mode) {
    Draft(path, content, mode, true).replace();
    sync_folder(folder_of(path));
}

void replace_file_unsynced(const fs::path& path, std::string_view content, unsigned mode) {
    Draft(path, content, mode, false).replace();
}

void sync_files(const fs::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) throw io_error(folder, errno);
    const int result = ::syncfs(fd);
    const int error = errno;
    ::close(fd);
    if (result != 0) throw io_error(folder, error);
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
