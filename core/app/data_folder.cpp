#include "core/app/data_folder.hpp"

#include "core/base/file.hpp"
#include "core/storage/error_map.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <utility>

namespace mortise::app {
namespace {

// What SQLite needs at the least to open a database for writing: its index of the log, and some pages of it.
constexpr std::size_t kLeastSpace = 64UL * 1024;

base::Error unusable(const std::filesystem::path& folder, std::string_view why) {
    return {base::ErrorKind::kInvalid, "data_unusable", fmt::format("--data {}: {}", folder.string(), why)};
}

}  // namespace

base::Status prepare_data_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return unusable(folder, error.message());
    const auto probe = folder / ".writable";
    const auto written = base::write_file(probe, std::string(kLeastSpace, '\0'), 0600);
    ::unlink(probe.c_str());
    if (written.ok()) return {};
    const auto& failed = written.error();
    return unusable(folder, failed.log_text.empty() ? failed.detail : failed.log_text);
}

base::Error about_data_folder(base::Error error, const std::filesystem::path& folder) {
    constexpr std::array kOfStorage = {storage::kFull, storage::kReadOnly, storage::kTooManyFiles,
                                       storage::kLost};
    if (std::ranges::find(kOfStorage, error.code) == kOfStorage.end()) return error;
    base::Error named = unusable(folder, error.detail);
    named.log_text = std::move(error.log_text);
    return named;
}

}  // namespace mortise::app
