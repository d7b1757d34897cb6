#include "core/base/request_context.hpp"

namespace mortise::base {
namespace {

bool covers(std::string_view granted, std::string_view wanted) noexcept {
    if (granted == wanted || granted == "*") return true;
    return granted.size() >= 2 && granted.ends_with(":*") &&
           wanted.starts_with(granted.substr(0, granted.size() - 1));
}

}  // namespace

bool has_scope(std::string_view granted, std::string_view wanted) noexcept {
    while (!granted.empty()) {
        const auto space = granted.find(' ');
        if (covers(granted.substr(0, space), wanted)) return true;
        if (space == std::string_view::npos) break;
        granted.remove_prefix(space + 1);
    }
    return false;
}

}  // namespace mortise::base
