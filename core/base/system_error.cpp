#include "core/base/system_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace mortise::base {
namespace {

struct Lack {
    int number;
    std::string_view code;
    std::string_view detail;
    std::uint32_t retry_after_s;
};

constexpr std::string_view kSpaceDetail = "The server has no space left to store data.";
constexpr std::string_view kReadOnlyDetail = "The server's storage is read-only at the moment.";
constexpr std::string_view kDescriptorsDetail = "The server has too many files open; try again.";

constexpr std::array kLacks = {Lack{ENOSPC, kNoSpace, kSpaceDetail, 60},
                               Lack{EDQUOT, kNoSpace, kSpaceDetail, 60},
                               Lack{EFBIG, kNoSpace, kSpaceDetail, 60},
                               Lack{EROFS, kReadOnlyDisk, kReadOnlyDetail, 60},
                               Lack{EMFILE, kNoDescriptors, kDescriptorsDetail, 5},
                               Lack{ENFILE, kNoDescriptors, kDescriptorsDetail, 5}};

}  // namespace

std::string_view lack_of(int number) noexcept {
    const auto* found = std::ranges::find(kLacks, number, &Lack::number);
    return found == kLacks.end() ? std::string_view() : found->code;
}

Error system_error(int number, std::string log_text) {
    log_text.append(": ").append(std::generic_category().message(number));
    const auto* found = std::ranges::find(kLacks, number, &Lack::number);
    if (found == kLacks.end()) return internal_error(std::move(log_text));
    Error error{ErrorKind::kUnavailable, std::string(found->code), std::string(found->detail),
                std::move(log_text)};
    error.retry_after_s = found->retry_after_s;
    return error;
}

}  // namespace mortise::base
