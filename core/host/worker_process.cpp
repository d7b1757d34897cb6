#include "core/host/worker_process.hpp"

#include "core/host/marshal.hpp"
#include "core/host/sealed_file.hpp"
#include "core/host/worker_messages.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::UniqueFd;

constexpr int kAboveAll = 16;  // descriptors of a child are put below, so none is overwritten before its turn

// kUnavailable if the machine has too little of something at the moment.
Error cannot_start(std::string_view what, int error) {
    const bool passes = error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM;
    return {passes ? ErrorKind::kUnavailable : ErrorKind::kInvalid, "worker_not_started",
            fmt::format("{}: {}", what, std::strerror(error))};
}

struct Ends {
    UniqueFd ours;
    UniqueFd childs;
};

bool make_ends(int type, Ends& ends) {
    int pair[2];
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) != 0) return false;
    ends.ours.reset(pair[0]);
    const UniqueFd low(pair[1]);
    ends.childs.reset(::fcntl(low.get(), F_DUPFD_CLOEXEC, kAboveAll));
    return static_cast<bool>(ends.childs);
}

bool set_nonblocking(int fd) {
    return ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

// Returns when the child has ended, which can then be waited for, or at the deadline.
void wait_for_end(pid_t pid, base::Monotonic deadline) noexcept {
    // The function of glibc 2.36 has no C linkage in C++.
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    pollfd ended{process.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - base::Monotonic::clock::now());
    if (process && left.count() > 0) (void)::poll(&ended, 1, static_cast<int>(left.count()));
}

// What posix_spawn does between fork and exec: descriptors, a session of its own, signals as a program
// expects them.
class SpawnPlan {
 public:
    SpawnPlan(int channel, int log, int library) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDWR, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, STDIN_FILENO, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, log, STDERR_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, channel, kChannelDescriptor);
        ::posix_spawn_file_actions_adddup2(&actions_, library, kLibraryDescriptor);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, kLibraryDescriptor + 1);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(&attributes_,
                                   POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    // Zero or the error's number.
    int spawn(const std::string& program, pid_t& pid) {
        std::string name = "mortise-worker";
        char* arguments[] = {name.data(), nullptr};
        char* environment[] = {nullptr};
        return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments, environment);
    }

 private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

std::string describe(int status) {
    if (WIFSIGNALED(status))
        return fmt::format("ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
    return fmt::format("exited with {}", WEXITSTATUS(status));
}

}  // namespace

UniqueFd seal_library(std::string_view bytes, const std::string& name) {
    const UniqueFd file = seal(bytes, name);
    return UniqueFd(file ? ::fcntl(file.get(), F_DUPFD_CLOEXEC, kAboveAll) : -1);
}

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::spawn(const std::filesystem::path& program,
                                                            int library) {
    Ends channel, log;
    if (!make_ends(SOCK_SEQPACKET, channel) || !make_ends(SOCK_SEQPACKET, log) ||
        !make_patient(channel.ours.get()) || !set_nonblocking(log.ours.get()) ||
        !set_nonblocking(log.childs.get()))
        return cannot_start("sockets for a worker", errno);
    SpawnPlan plan(channel.childs.get(), log.childs.get(), library);
    pid_t pid = -1;
    if (const int error = plan.spawn(program.string(), pid); error != 0)
        return cannot_start(program.string(), error);
    return std::unique_ptr<WorkerProcess>(
        new WorkerProcess(pid, std::move(channel.ours), std::move(log.ours)));
}

WorkerProcess::~WorkerProcess() {
    kill();
    if (!waited_) wait();
}

Result<PluginTables> WorkerProcess::load(const Manifest& manifest, std::string_view manifest_text,
                                         std::uint64_t memory_bytes, base::Monotonic deadline) {
    channel_.frame(FrameType::kLoad).number(kWorkerProtocol).number(memory_bytes).text(manifest_text);
    Frame frame;
    ChannelState state = channel_.flush(deadline);
    if (state == ChannelState::kGood) state = channel_.receive(frame, deadline);
    const auto failed = [&](std::string_view how) {
        return Error{ErrorKind::kInvalid, "plugin_start_failed",
                     fmt::format("plugin {}: {} while it was loaded and started", manifest.id, how)};
    };
    if (state != ChannelState::kGood) {
        if (state == ChannelState::kDeadline) kill();
        const std::string how = wait();
        return failed(state == ChannelState::kDeadline ? "its worker took too long" : "its worker " + how);
    }
    if (frame.type == FrameType::kReady) {
        auto tables = decode_tables(frame.payload);
        if (!tables) return failed("its worker answered what is no table of routes");
        MORTISE_TRY(check_tables(*tables, manifest));
        return std::move(*tables);
    }
    FrameReader refusal(frame.payload);
    const std::string code(refusal.text(256)), detail(refusal.text(64UL * 1024));
    if (frame.type != FrameType::kRefused || !refusal.done()) return failed("its worker answered nonsense");
    return Error{ErrorKind::kInvalid, code, detail};
}

void WorkerProcess::kill() noexcept {
    if (waited_) return;
    ::kill(-pid_, SIGKILL);  // its session, so what it forked as well
    ::kill(pid_, SIGKILL);
}

void WorkerProcess::stop(base::Monotonic deadline) {
    channel_.frame(FrameType::kStop);
    Frame none;
    if (channel_.flush(deadline) == ChannelState::kGood &&
        channel_.receive(none, deadline) == ChannelState::kClosed)
        wait_for_end(pid_, deadline);  // of what its library, and a sanitizer, do at exit
    wait();
}

std::string WorkerProcess::wait() {
    if (waited_) return "ended before";
    // One that is ending keeps the status that it ends with; one that only closed its channel ends now.
    kill();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    waited_ = true;
    channel_.close();
    return describe(status);
}

}  // namespace mortise::host
