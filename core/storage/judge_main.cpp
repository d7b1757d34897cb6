// mortise-sql-judge: reads one package's SQL from standard input and says on standard output what is against
// the rules (judge.hpp). It ends with 0 for a package that passed and 1 for one that was refused. Started
// only by the host, for SQL that nobody has looked at yet; so it first gives up what it does not need.
#include "core/storage/judge_format.hpp"
#include "core/storage/postgres_judge.hpp"
#include "core/storage/sqlite_judge.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

namespace {

using mortise::base::Status;

constexpr int kPassed = 0;
constexpr int kRefused = 1;
constexpr int kBroken = 2;
constexpr rlim_t kMemory = 256UL << 20;
constexpr rlim_t kSeconds = 2;
#ifdef MORTISE_COVERAGE
constexpr rlim_t kWritten = 16UL << 20;  // the counters of the lines that ran, at its end
#else
constexpr rlim_t kWritten = mortise::storage::kMaxJudgeAnswer;
#endif

bool limit(__rlimit_resource resource, rlim_t value) {
    const rlimit wanted{value, value};
    return ::setrlimit(resource, &wanted) == 0;
}

bool confine() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (!limit(RLIMIT_AS, kMemory)) return false;  // the sanitizers reserve terabytes
#endif
    return limit(RLIMIT_CPU, kSeconds) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, 8) &&
           limit(RLIMIT_NPROC, 0) && limit(RLIMIT_FSIZE, kWritten) &&
           ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

std::string read_input() {
    std::string bytes;
    std::array<char, 65536> part{};
    for (;;) {
        const auto size = ::read(STDIN_FILENO, part.data(), part.size());
        if (size <= 0 || bytes.size() > mortise::storage::kMaxJudgedBytes) return bytes;
        bytes.append(part.data(), static_cast<std::size_t>(size));
    }
}

Status judge_input() {
    MORTISE_TRY_ASSIGN(const auto package, mortise::storage::read_package(read_input()));
    return package.engine == mortise::storage::Engine::kSqlite ? mortise::storage::judge_sqlite(package)
                                                               : mortise::storage::judge_postgres(package);
}

int answer(std::string text) {
    text.resize(std::min(text.size(), mortise::storage::kMaxJudgeAnswer));
    return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? kBroken : kRefused;
}

}  // namespace

int main() {
    if (!confine()) return kBroken;
    try {
        const auto status = judge_input();
        return status.ok() ? kPassed : answer(status.error().detail);
    } catch (const std::bad_alloc&) {
        return answer("a statement takes more memory than it may");
    } catch (const std::exception&) {
        return kBroken;
    }
}
