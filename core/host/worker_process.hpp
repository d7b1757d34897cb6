#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/host/plugin.hpp"
#include "core/host/sent_flags.hpp"
#include "core/host/worker_channel.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace mortise::host {

// A sealed file in memory that holds a verified library; invalid if the system has none to give.
base::UniqueFd seal_library(std::string_view bytes, const std::string& name);

// One worker of a plugin, from its start until it was waited for. Destroyed, it is killed with what it may
// have forked. kill() may be called on any thread as long as the object lives.
class WorkerProcess {
 public:
    // Starts `program`. The thread that calls must live as long as the worker: with it the worker dies.
    static base::Result<std::unique_ptr<WorkerProcess>> spawn(const std::filesystem::path& program,
                                                              int library);
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    // Has the worker load and start the plugin; answers its tables. Errors are the worker's refusals, and
    // `plugin_start_failed` if it dies or takes too long.
    base::Result<PluginTables> load(const Manifest& manifest, std::string_view manifest_text,
                                    std::uint64_t memory_bytes, base::Monotonic deadline);

    Channel& channel() noexcept { return channel_; }
    SentFlags& flags() noexcept { return flags_; }  // used by whoever uses the channel
    // Where lines of the log come from; non-blocking.
    int log() const noexcept { return log_.get(); }
    int pid() const noexcept { return pid_; }

    void kill() noexcept;
    // Asks it to end, and kills it if it does not until `deadline`.
    void stop(base::Monotonic deadline);
    // Kills it if it has not ended yet, waits for it, and says how it ended.
    std::string wait();

 private:
    WorkerProcess(int pid, base::UniqueFd channel, base::UniqueFd log)
        : pid_(pid), channel_(std::move(channel), pid), log_(std::move(log)) {}

    const int pid_;
    Channel channel_;
    SentFlags flags_;
    base::UniqueFd log_;
    bool waited_ = false;
};

}  // namespace mortise::host
