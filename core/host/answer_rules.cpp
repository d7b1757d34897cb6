// The rules of an answer that hold on both sides of a worker's channel; apart from call_answer.cpp, so that a
// worker links no storage.
#include "core/base/text.hpp"
#include "core/host/call_answer.hpp"

#include <algorithm>
#include <array>

namespace mortise::host {

bool is_allowed_header(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 6> kReserved = {
        "content-length", "connection", "transfer-encoding", "date", "set-cookie", "x-request-id"};
    return std::none_of(kReserved.begin(), kReserved.end(),
                        [&](std::string_view reserved) { return base::iequals(name, reserved); });
}

bool is_sound_problem(const PluginProblem& problem) noexcept {
    return problem.status >= 400 && problem.status <= 599 && !problem.code.empty() &&
           base::is_utf8(problem.code) && base::is_utf8(problem.detail) && base::is_utf8(problem.errors) &&
           base::is_utf8(problem.extensions) &&
           problem.code.size() + problem.detail.size() + problem.errors.size() + problem.extensions.size() <=
               kMaxProblemBytes;
}

}  // namespace mortise::host
