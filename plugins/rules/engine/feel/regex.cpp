#include "feel/regex.hpp"

#include <map>
#include <mutex>

namespace rules::feel {

namespace {

constexpr std::size_t kMaxKept = 64;

// Compiled expressions by their translated text. Full, it begins anew: whoever uses many has no use for it.
class Cache {
 public:
    std::shared_ptr<const RegexEngine> find(const std::string& text) {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(text);
        return found == kept_.end() ? nullptr : found->second;
    }

    void keep(const std::string& text, std::shared_ptr<const RegexEngine> engine) {
        const std::lock_guard lock(mutex_);
        if (kept_.size() >= kMaxKept) kept_.clear();
        kept_.insert_or_assign(text, std::move(engine));
    }

 private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const RegexEngine>> kept_;
};

Cache& cache() {
    static Cache kept;
    return kept;
}

Fault fault(std::string reason) {
    Fault result;
    result.reason = std::move(reason);
    return result;
}

Fault given_up() {
    return fault("the regular expression takes too long");
}

// Text and groups of a replacement, in turns.
struct Part {
    std::string text;
    std::size_t group = 0;
    bool is_group = false;
};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// `$12` is the 12th group if there are so many, else the first and a `2`.
std::size_t read_group(std::string_view replacement, std::size_t& at, std::size_t groups) {
    auto group = static_cast<std::size_t>(replacement[at++] - '0');
    while (at < replacement.size() && is_digit(replacement[at])) {
        const auto longer = group * 10 + static_cast<std::size_t>(replacement[at] - '0');
        if (longer > groups) break;
        group = longer;
        ++at;
    }
    return group;
}

Result<std::vector<Part>> parse_replacement(std::string_view replacement, std::size_t groups) {
    std::vector<Part> parts(1);
    for (std::size_t at = 0; at < replacement.size();) {
        const char c = replacement[at++];
        const bool escapes = c == '\\';
        if (!escapes && c != '$') {
            parts.back().text += c;
            continue;
        }
        const bool last = at == replacement.size();
        if (escapes) {
            if (last || (replacement[at] != '\\' && replacement[at] != '$'))
                return fault("a `\\` in the replacement escapes nothing");
            parts.back().text += replacement[at++];
            continue;
        }
        if (last || !is_digit(replacement[at])) return fault("a `$` in the replacement names no group");
        parts.push_back({{}, read_group(replacement, at, groups), true});
        parts.emplace_back();
    }
    return parts;
}

}  // namespace

Result<Regex> Regex::compile(std::string_view pattern, std::string_view flags) {
    const auto translated = translate_regex(pattern, flags);
    if (!translated) return translated.fault();
    if (auto kept = cache().find(translated->text)) return Regex(std::move(kept));
    std::string reason;
    auto engine = translated->refers_back ? backtracking_regex(translated->text, reason)
                                          : linear_regex(translated->text, reason);
    if (engine == nullptr) return fault(std::move(reason));
    cache().keep(translated->text, engine);
    return Regex(std::move(engine));
}

Result<bool> Regex::found_in(std::string_view text, Evaluation& evaluation) const {
    const auto outcome = engine_->match(text, 0, {}, evaluation);
    if (outcome == RegexEngine::Outcome::kGivenUp) return given_up();
    return outcome == RegexEngine::Outcome::kFound;
}

// Calls `on_match(begin of what stands before, found)` until it gives false; gives where the rest begins.
template <typename OnMatch>
Result<std::size_t> Regex::each_match(std::string_view text, const OnMatch& on_match,
                                      Evaluation& evaluation) const {
    std::vector<std::string_view> found(engine_->groups() + 1);
    if (engine_->match({}, 0, found, evaluation) != RegexEngine::Outcome::kNone)
        return fault("the regular expression matches an empty text");
    std::size_t at = 0;
    while (true) {
        const auto outcome = engine_->match(text, at, found, evaluation);
        if (outcome == RegexEngine::Outcome::kGivenUp) return given_up();
        if (outcome == RegexEngine::Outcome::kNone) return at;
        if (found[0].empty()) return fault("the regular expression matches an empty text");
        if (!on_match(at, found)) return fault("limit exceeded");
        at = static_cast<std::size_t>(found[0].data() - text.data()) + found[0].size();
    }
}

Result<std::string> Regex::replace(std::string_view text, std::string_view replacement,
                                   Evaluation& evaluation) const {
    const auto parts = parse_replacement(replacement, engine_->groups());
    if (!parts) return parts.fault();
    std::string result;
    const auto rest = each_match(
        text,
        [&](std::size_t at, std::span<const std::string_view> found) {
            const auto before = result.size();
            result.append(text.data() + at, found[0].data());
            for (const auto& part : *parts) {
                if (part.is_group && part.group < found.size()) result.append(found[part.group]);
                result += part.text;
            }
            return evaluation.allocate(result.size() - before);
        },
        evaluation);
    if (!rest) return rest.fault();
    return result.append(text.substr(*rest));
}

Result<std::vector<std::string_view>> Regex::split(std::string_view text, Evaluation& evaluation) const {
    std::vector<std::string_view> parts;
    const auto rest = each_match(
        text,
        [&](std::size_t at, std::span<const std::string_view> found) {
            parts.emplace_back(text.data() + at,
                               static_cast<std::size_t>(found[0].data() - text.data()) - at);
            return evaluation.allocate(sizeof(std::string_view));
        },
        evaluation);
    if (!rest) return rest.fault();
    parts.push_back(text.substr(*rest));
    return parts;
}

}  // namespace rules::feel
