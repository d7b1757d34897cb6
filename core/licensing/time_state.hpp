#pragma once

#include "core/base/result.hpp"
#include "core/licensing/time_keeper.hpp"
#include "core/storage/database.hpp"
#include "core/telemetry/log.hpp"

#include <filesystem>
#include <string>

namespace mortise::licensing {

// Where the mark of time lies over a restart: a row in core.db, which all nodes share, and a file of this
// node. Either may be lost; what is left, and the documents that are held, then say how late it is at least.
// What was altered, or comes from another installation, is left out and named in the log. Not for two
// threads.
class TimeState {
 public:
    // `secret` is the installation's.
    TimeState(TimeKeeper& time, std::filesystem::path file, std::string secret, telemetry::Log& log)
        : time_(time), file_(std::move(file)), secret_(std::move(secret)), log_(log) {}

    // At start, before licences are judged.
    base::Status load(storage::Unit& unit);
    // Now and then, and at the end. Takes in what other nodes have kept meanwhile.
    base::Status save(storage::Unit& unit);

 private:
    void merge(std::string_view sealed, std::string_view where);

    TimeKeeper& time_;
    const std::filesystem::path file_;
    const std::string secret_;
    telemetry::Log& log_;
};

}  // namespace mortise::licensing
