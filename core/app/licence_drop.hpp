#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/telemetry/log.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::app {

// Installs what is put into a folder: the files that end in .license, by name. Each is renamed to
// <name>.installed, or to <name>.refused with the reason in <name>.reason. A file that can't be renamed, such
// as in a folder that is mounted read-only, is taken once, and again if it changes. A file that is still
// being written is left for the next time: one that was written less than a second ago and, if its date is in
// the future, that has changed since the last second. Nothing happens without the folder. Not for two
// threads.
class LicenceDrop {
 public:
    // `log` and `clock` must outlive it.
    LicenceDrop(std::filesystem::path folder, telemetry::Log& log, const base::Clock& clock)
        : folder_(std::move(folder)), log_(log), clock_(clock) {}

    using Install = std::function<base::Status(std::string_view text)>;
    // To be called now and then. True if something was installed.
    bool take(const Install& install);

 private:
    struct Seen {
        std::filesystem::file_time_type written;
        std::uintmax_t size = 0;
        base::Monotonic since;  // when it was first seen like this
        bool taken = false;
    };
    // Those that are written to the end and not taken yet, by name.
    std::vector<std::filesystem::path> look();
    bool take(const std::filesystem::path& file, const Install& install);
    void rename_to(const std::filesystem::path& file, std::string_view ending);

    const std::filesystem::path folder_;
    telemetry::Log& log_;
    const base::Clock& clock_;
    std::map<std::filesystem::path, Seen> seen_;
};

}  // namespace mortise::app
