#include "feel/regex.hpp"

#include <re2/re2.h>

#include <map>
#include <mutex>

namespace rules::feel {

namespace {

constexpr std::int64_t kMaxMemory = 1 << 20;  // of one expression, its automata included
constexpr std::size_t kMaxKept = 64;
constexpr int kMaxGroups = 64;

// Compiled expressions by their translated text. Full, it begins anew: whoever uses many has no use for it.
class Cache {
 public:
    std::shared_ptr<const re2::RE2> find(const std::string& text) {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(text);
        return found == kept_.end() ? nullptr : found->second;
    }

    void keep(const std::string& text, std::shared_ptr<const re2::RE2> expression) {
        const std::lock_guard lock(mutex_);
        if (kept_.size() >= kMaxKept) kept_.clear();
        kept_.insert_or_assign(text, std::move(expression));
    }

 private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const re2::RE2>> kept_;
};

Cache& cache() {
    static Cache kept;
    return kept;
}

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

std::string_view view(const re2::StringPiece& text) {
    return {text.data(), text.size()};
}

Fault fault(std::string reason) {
    Fault result;
    result.reason = std::move(reason);
    return result;
}

constexpr std::string_view kMatchesEmpty = "the regular expression matches an empty text";

bool matches_empty(const re2::RE2& expression) {
    return re2::RE2::PartialMatch("", expression);
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
    const auto text = translate_regex(pattern, flags);
    if (!text) return text.fault();
    if (auto kept = cache().find(*text)) return Regex(std::move(kept));
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMaxMemory);
    auto expression = std::make_shared<const re2::RE2>(piece(*text), options);
    if (!expression->ok()) return fault("the regular expression can't be used: " + expression->error());
    if (expression->NumberOfCapturingGroups() > kMaxGroups)
        return fault("the regular expression has too many groups");
    cache().keep(*text, expression);
    return Regex(std::move(expression));
}

bool Regex::found_in(std::string_view text) const {
    return re2::RE2::PartialMatch(piece(text), *expression_);
}

Result<std::string> Regex::replace(std::string_view text, std::string_view replacement,
                                   Evaluation& evaluation) const {
    if (matches_empty(*expression_)) return fault(std::string(kMatchesEmpty));
    const auto groups = static_cast<std::size_t>(expression_->NumberOfCapturingGroups());
    const auto parts = parse_replacement(replacement, groups);
    if (!parts) return parts.fault();
    std::vector<re2::StringPiece> found(groups + 1);
    std::string result;
    std::size_t at = 0;
    while (expression_->Match(piece(text), at, text.size(), re2::RE2::UNANCHORED, found.data(),
                              static_cast<int>(found.size()))) {
        if (found[0].empty()) return fault(std::string(kMatchesEmpty));
        const auto begin = static_cast<std::size_t>(found[0].data() - text.data());
        const auto before = result.size();
        result.append(text.substr(at, begin - at));
        for (const auto& part : *parts) {
            if (part.is_group && part.group <= groups) result.append(view(found[part.group]));
            result += part.text;
        }
        at = begin + found[0].size();
        if (!evaluation.step() || !evaluation.allocate(result.size() - before))
            return fault("limit exceeded");
    }
    return result.append(text.substr(at));
}

Result<std::vector<std::string_view>> Regex::split(std::string_view text) const {
    if (matches_empty(*expression_)) return fault(std::string(kMatchesEmpty));
    std::vector<std::string_view> parts;
    re2::StringPiece found;
    std::size_t at = 0;
    while (expression_->Match(piece(text), at, text.size(), re2::RE2::UNANCHORED, &found, 1)) {
        if (found.empty()) return fault(std::string(kMatchesEmpty));
        const auto begin = static_cast<std::size_t>(found.data() - text.data());
        parts.push_back(text.substr(at, begin - at));
        at = begin + found.size();
    }
    parts.push_back(text.substr(at));
    return parts;
}

}  // namespace rules::feel
