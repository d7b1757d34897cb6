#include "core/host/worker_confinement.hpp"

#include "core/host/worker_codec.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

namespace mortise::host {
namespace {

// Its shadow memory takes terabytes of addresses, and to find leaks it traces its own process.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr rlim_t kMaxDescriptors = 32;
constexpr rlim_t kMaxProcesses = 256;  // of the user; stops a fork bomb
// Users that nobody else is: the range that systemd takes for services without a user of their own
// (UIDS-GIDS.md).
constexpr uid_t kFirstUser = 61184;
constexpr uid_t kUsers = 4336;

// Debian 12's header ends at version 2; these are of the kernel's documentation (userspace-api/landlock).
struct RulesetAttributes {
    std::uint64_t files;
    std::uint64_t network;  // from version 4
    std::uint64_t scoped;   // from version 6
};
constexpr std::uint64_t kFilesVersion1 = (1ULL << 13) - 1;
constexpr std::uint64_t kFileRefer = 1ULL << 13;     // 2
constexpr std::uint64_t kFileTruncate = 1ULL << 14;  // 3
constexpr std::uint64_t kFileDevices = 1ULL << 15;   // 5
constexpr std::uint64_t kTcpBindAndConnect = 3;
constexpr std::uint64_t kAbstractSocketsAndSignals = 3;

bool limit(decltype(RLIMIT_CORE) what, rlim_t most) noexcept {
    rlimit now{};
    if (::getrlimit(what, &now) != 0) return false;
    const rlim_t value = std::min(most, now.rlim_max);
    const rlimit limits{value, value};
    return ::setrlimit(what, &limits) == 0;
}

bool limit_resources(std::uint64_t memory_bytes, std::uint64_t library_bytes) noexcept {
    // The loader's copy of the library is a file in memory.
    const bool memory = kSanitized || limit(RLIMIT_AS, memory_bytes);
    return memory && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, library_bytes) &&
           limit(RLIMIT_NOFILE, kMaxDescriptors) && limit(RLIMIT_NPROC, kMaxProcesses);
}

// Each of root's workers becomes a user of its own, so that one which makes processes or threads until it
// gets no more takes none from another plugin's; with the identity go the capabilities.
bool leave_root() noexcept {
    if (::geteuid() != 0) return true;
    const uid_t user = kFirstUser + static_cast<uid_t>(::getpid()) % kUsers;
    return ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 &&
           ::setresuid(user, user, user) == 0;
}

bool allow_reading(int ruleset, const char* path) noexcept {
    const int fd = ::open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return true;  // it is not there
    struct stat about {};
    landlock_path_beneath_attr rule{};
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    if (::fstat(fd, &about) == 0 && S_ISDIR(about.st_mode))
        rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    rule.parent_fd = fd;
    const bool added = ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    ::close(fd);
    return added;
}

bool enter_landlock() noexcept {
    const int version = landlock_version();
    if (version < 1) return true;
    RulesetAttributes attributes{kFilesVersion1, 0, 0};
    std::size_t size = sizeof(std::uint64_t);
    if (version >= 2) attributes.files |= kFileRefer;
    if (version >= 3) attributes.files |= kFileTruncate;
    if (version >= 4) attributes.network = kTcpBindAndConnect, size = 2 * sizeof(std::uint64_t);
    if (version >= 5) attributes.files |= kFileDevices;
    if (version >= 6) attributes.scoped = kAbstractSocketsAndSignals, size = sizeof(RulesetAttributes);
    const long made = ::syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    if (made < 0) return false;
    const int ruleset = static_cast<int>(made);
    bool good = true;
    for (const char* path : {"/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo"})
        good = good && allow_reading(ruleset, path);
    if (kSanitized) good = good && allow_reading(ruleset, "/proc");  // to find leaks it lists its threads
    good = good && ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    ::close(ruleset);
    return good;
}

}  // namespace

int landlock_version() noexcept {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : static_cast<int>(version);
}

bool confine(std::uint64_t memory_bytes, std::uint64_t library_bytes) noexcept {
    ::clearenv();
    ::umask(077);
    ::close_range(kLibraryDescriptor + 1, ~0U, 0);
    const bool poor = ::chdir("/") == 0 && limit_resources(memory_bytes, library_bytes) && leave_root() &&
                      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                      (kSanitized || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
    // Changing the identity clears it, so it comes last; a host that has gone before is seen at the channel.
    return poor && enter_landlock() && ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}

}  // namespace mortise::host
