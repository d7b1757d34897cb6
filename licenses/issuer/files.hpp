#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mortise::issuer {

// The whole file. Throws Failure `io_error` if it can't be read or holds more than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes);

// The file's only line, without its LF; for keys, passphrases and tokens.
std::string read_line_file(const std::filesystem::path& path, std::size_t max_bytes = 4096);

// Writes a new file and syncs it; whoever sees its name sees all of it. Throws Failure: `exists` if there is
// one of that name already (it stays as it is), `io_error` else.
void write_new_file(const std::filesystem::path& path, std::string_view content, unsigned mode);

// The same in place of a file that may be there. Whatever happens, the old or the new content is there in the
// end.
void replace_file(const std::filesystem::path& path, std::string_view content, unsigned mode);

// replace_file() for one of many: nothing is synced, so that sync_files() must follow before they count as
// written.
void replace_file_unsynced(const std::filesystem::path& path, std::string_view content, unsigned mode);
// Syncs all that was written to the file system of this folder.
void sync_files(const std::filesystem::path& folder);

// A folder beside `target` with mode 0700, which becomes `target` by commit() all at once; removed, with what
// is in it, if that never happens.
class NewFolder {
 public:
    // Throws Failure `exists` if `target` is there and not an empty folder.
    explicit NewFolder(const std::filesystem::path& target);
    NewFolder(const NewFolder&) = delete;
    NewFolder& operator=(const NewFolder&) = delete;
    ~NewFolder();

    const std::filesystem::path& path() const noexcept { return path_; }
    // Throws Failure `exists` if another process was faster.
    void commit();

 private:
    std::filesystem::path target_;
    std::filesystem::path path_;
};

}  // namespace mortise::issuer
