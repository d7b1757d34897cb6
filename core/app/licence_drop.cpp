#include "core/app/licence_drop.hpp"

#include "core/base/file.hpp"

#include <chrono>
#include <string>
#include <system_error>

namespace mortise::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 64UL * 1024 * 1024;
constexpr std::chrono::seconds kSettled{1};

}  // namespace

std::vector<fs::path> LicenceDrop::look() {
    const base::Monotonic now = clock_.monotonic();
    std::map<fs::path, Seen> seen;
    std::vector<fs::path> settled;
    std::error_code error;
    for (fs::directory_iterator entries(folder_, error), end; !error && entries != end;
         entries.increment(error)) {
        const fs::path& file = entries->path();
        if (file.extension() != ".license") continue;
        std::error_code gone;
        Seen one{fs::last_write_time(file, gone), fs::file_size(file, gone), now};
        if (gone) continue;
        const auto before = seen_.find(file);
        if (before != seen_.end() && before->second.written == one.written && before->second.size == one.size)
            one = before->second;
        seen.emplace(file, one);
    }
    seen_ = std::move(seen);
    const auto wall = fs::file_time_type::clock::now();
    for (const auto& [file, one] : seen_)
        if (!one.taken && (wall - one.written >= kSettled || now - one.since >= kSettled))
            settled.push_back(file);
    return settled;
}

void LicenceDrop::rename_to(const fs::path& file, std::string_view ending) {
    std::error_code error;
    fs::rename(file, file.string() + std::string(ending), error);
    if (error)
        log_.error("a licence file can't be renamed; it is taken again only if it changes",
                   {{"file", std::string_view(file.string())}, {"reason", error.message()}});
}

bool LicenceDrop::take(const fs::path& file, const Install& install) {
    seen_[file].taken = true;
    const auto text = base::read_file(file, kMaxBytes);
    const base::Status done = text.ok() ? install(*text) : base::Status(text.error());
    if (done.ok()) {
        log_.info("licence file installed", {{"file", std::string_view(file.string())}});
        rename_to(file, ".installed");
        return true;
    }
    log_.error("a licence file is refused", {{"file", std::string_view(file.string())},
                                             {"code", std::string_view(done.error().code)},
                                             {"reason", std::string_view(done.error().detail)}});
    (void)base::write_file(file.string() + ".reason", done.error().code + ": " + done.error().detail + "\n",
                           0600);
    rename_to(file, ".refused");
    return false;
}

bool LicenceDrop::take(const Install& install) {
    bool installed = false;
    for (const fs::path& file : look())
        installed = take(file, install) || installed;
    return installed;
}

}  // namespace mortise::app
