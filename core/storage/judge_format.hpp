#pragma once

#include "core/base/result.hpp"
#include "core/storage/judge.hpp"

#include <string>
#include <string_view>

namespace mortise::storage {

// How a package travels to the judging child and the answer comes back: texts, each after its length in four
// bytes, least first. The answer is empty for a package that passed, else the reason.
inline constexpr std::size_t kMaxJudgedBytes = 64UL << 20;
inline constexpr std::size_t kMaxJudgeAnswer = 4096;

std::string write_package(const JudgedPackage& package);
base::Result<JudgedPackage> read_package(std::string_view bytes);

// An error of the judge, for the author of the package.
base::Error sql_refused(std::string text);
// The same, with the statement or migration that it is about.
base::Error sql_refused(std::string_view where, std::string_view why);

}  // namespace mortise::storage
