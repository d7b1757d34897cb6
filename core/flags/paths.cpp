#include "core/flags/paths.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace mortise::flags {

bool PathReader::next(std::string_view& step, char* room) noexcept {
    if (done_) return false;
    const auto rest = path_.substr(at_);
    const auto special = rest.find_first_of(".\\");
    if (special == std::string_view::npos || rest[special] == '.') {  // nothing to take away
        step = rest.substr(0, special);
        done_ = special == std::string_view::npos;
        at_ += done_ ? 0 : special + 1;
        return true;
    }
    std::size_t size = 0;
    char* const out = room + at_;
    for (; at_ < path_.size() && path_[at_] != '.'; ++at_) {
        const bool escape = path_[at_] == '\\' && at_ + 1 < path_.size() &&
                            std::string_view("./\\").find(path_[at_ + 1]) != std::string_view::npos;
        if (escape) ++at_;
        out[size++] = path_[at_];
    }
    step = {out, size};
    done_ = at_ == path_.size();
    ++at_;
    return true;
}

std::optional<std::size_t> array_index(std::string_view step) noexcept {
    if (step.empty() || step.size() > 9 || (step.size() > 1 && step.front() == '0')) return std::nullopt;
    std::size_t index = 0;
    const auto [end, fault] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (fault != std::errc() || end != step.data() + step.size()) return std::nullopt;
    return index;
}

}  // namespace mortise::flags
