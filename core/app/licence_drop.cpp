#include "core/app/licence_drop.hpp"

#include "core/base/file.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <vector>

namespace mortise::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 64UL * 1024 * 1024;
constexpr std::chrono::seconds kSettled{1};

std::vector<fs::path> settled_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entries(folder, error), end; !error && entries != end;
         entries.increment(error)) {
        if (entries->path().extension() != ".license") continue;
        const auto written = fs::last_write_time(entries->path(), error);
        if (!error && fs::file_time_type::clock::now() - written >= kSettled)
            files.push_back(entries->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

void rename_to(const fs::path& file, std::string_view ending, telemetry::Log& log) {
    std::error_code error;
    fs::rename(file, file.string() + std::string(ending), error);
    if (error)
        log.error("a licence file can't be renamed, and is tried again",
                  {{"file", std::string_view(file.string())}, {"reason", error.message()}});
}

}  // namespace

bool drop_licences(const fs::path& folder, telemetry::Log& log,
                   const std::function<base::Status(std::string_view text)>& install) {
    bool installed = false;
    for (const fs::path& file : settled_files(folder)) {
        const auto text = base::read_file(file, kMaxBytes);
        const base::Status done = text.ok() ? install(*text) : base::Status(text.error());
        if (done.ok()) {
            log.info("licence file installed", {{"file", std::string_view(file.string())}});
            rename_to(file, ".installed", log);
            installed = true;
            continue;
        }
        log.error("a licence file is refused", {{"file", std::string_view(file.string())},
                                                {"code", std::string_view(done.error().code)},
                                                {"reason", std::string_view(done.error().detail)}});
        (void)base::write_file(file.string() + ".reason",
                               done.error().code + ": " + done.error().detail + "\n", 0600);
        rename_to(file, ".refused", log);
    }
    return installed;
}

}  // namespace mortise::app
