#include "core/storage/judge.hpp"

#include "core/base/unique_fd.hpp"
#include "core/storage/judge_format.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace mortise::storage {
namespace {

constexpr std::chrono::seconds kPatience{10};

base::Error judge_failed(std::string_view owner, std::string_view why) {
    auto text = "the SQL of plugin " + std::string(owner) + " could not be judged: " + std::string(why);
    return {base::ErrorKind::kInvalid, "judge_failed", std::move(text)};
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto done = ::write(fd, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return ::lseek(fd, 0, SEEK_SET) == 0;
}

std::string read_answer(int fd) {
    std::array<char, kMaxJudgeAnswer> text{};
    const auto size = ::pread(fd, text.data(), text.size(), 0);
    return size <= 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
}

// The child has nothing but its input, a place for its answer, and /dev/null: no environment, no descriptors.
int spawn(const std::filesystem::path& program, int input, int answer, pid_t& child) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, answer, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    std::string name = program.string();
    std::array<char*, 2> arguments{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    const int code =
        ::posix_spawn(&child, name.c_str(), &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

// The child's wait status; a child that outlasts our patience is killed.
int wait_for(pid_t child) {
    const base::UniqueFd watch(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (bool ended = false; !ended;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd wanted{watch.get(), POLLIN, 0};
        const int ready = left.count() <= 0 ? 0 : ::poll(&wanted, 1, static_cast<int>(left.count()));
        if (ready == 0 || (ready < 0 && errno != EINTR)) ::kill(child, SIGKILL);
        ended = ready >= 0 || errno != EINTR;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace

void JudgedPackage::add(const StatementTemplate& statement) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < statement.variants(); ++i) {
        const Statement& variant = statement.variant(i);
        if (!seen.insert(variant.sqlite()).second) continue;
        statements.push_back(
            {statement.name(), variant.sqlite(), variant.parameters().size(), variant.columns().size()});
    }
}

std::filesystem::path judge_program() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return self.parent_path() / "mortise-sql-judge";
}

base::Status judge(const JudgedPackage& package) {
    const auto bytes = write_package(package);
    if (bytes.size() > kMaxJudgedBytes) return judge_failed(package.owner, "it is too large");
    const base::UniqueFd input(::memfd_create("mortise-judge-input", MFD_CLOEXEC));
    const base::UniqueFd answer(::memfd_create("mortise-judge-answer", MFD_CLOEXEC));
    if (input.get() < 0 || answer.get() < 0 || !write_all(input.get(), bytes))
        return judge_failed(package.owner, std::strerror(errno));
    const auto program = judge_program();
    pid_t child = -1;
    if (const int code = spawn(program, input.get(), answer.get(), child); code != 0)
        return judge_failed(package.owner, program.string() + ": " + std::strerror(code));
    const int status = wait_for(child);
    if (WIFSIGNALED(status))
        return judge_failed(package.owner,
                            "a statement takes more memory or time than it may, or breaks the "
                            "parser (signal " +
                                std::to_string(WTERMSIG(status)) + ")");
    const auto reason = read_answer(answer.get());
    if (WEXITSTATUS(status) == 0 && reason.empty()) return {};
    if (WEXITSTATUS(status) != 1 || reason.empty())
        return judge_failed(package.owner, "the judge ended with " + std::to_string(WEXITSTATUS(status)));
    return sql_refused("plugin " + package.owner + ": " + reason);
}

}  // namespace mortise::storage
