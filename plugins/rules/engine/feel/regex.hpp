#pragma once

#include "feel/evaluation.hpp"
#include "feel/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rules::feel {

// What finds an expression in a text. Used by several threads at once.
class RegexEngine {
 public:
    enum class Outcome : std::uint8_t { kFound, kNone, kGivenUp };

    virtual ~RegexEngine() = default;
    virtual std::size_t groups() const noexcept = 0;
    // The first match from a byte on; the match and its groups go into `found` as far as it reaches. Takes
    // steps for its work, and is given up past a limit.
    virtual Outcome match(std::string_view text, std::size_t from, std::span<std::string_view> found,
                          Evaluation& evaluation) const = 0;
};

// A regular expression of XPath 3.1 (section 5.6.1 of its functions), run in time linear to the text; with
// back-references, which nobody can run so, in a bounded time after which it is given up.
class Regex {
 public:
    // `flags`: any of s m i x q. Compiled expressions are kept for the next time.
    static Result<Regex> compile(std::string_view pattern, std::string_view flags);

    Result<bool> found_in(std::string_view text, Evaluation& evaluation) const;
    // Every match by the replacement, in which `$1` is a group, and `\$` and `\\` are `$` and `\`. A fault
    // where the expression matches an empty text.
    Result<std::string> replace(std::string_view text, std::string_view replacement,
                                Evaluation& evaluation) const;
    // What stands between the matches. A fault as above.
    Result<std::vector<std::string_view>> split(std::string_view text, Evaluation& evaluation) const;

 private:
    explicit Regex(std::shared_ptr<const RegexEngine> engine) : engine_(std::move(engine)) {}
    template <typename OnMatch>
    Result<std::size_t> each_match(std::string_view text, const OnMatch& on_match,
                                   Evaluation& evaluation) const;

    std::shared_ptr<const RegexEngine> engine_;
};

// The expression as RE2 and ICU write it, flags included.
struct TranslatedRegex {
    std::string text;
    bool refers_back = false;
};
Result<TranslatedRegex> translate_regex(std::string_view pattern, std::string_view flags);

// Each gives a null pointer and a reason if the engine refuses it.
std::shared_ptr<const RegexEngine> linear_regex(const std::string& text, std::string& reason);
std::shared_ptr<const RegexEngine> backtracking_regex(const std::string& text, std::string& reason);

}  // namespace rules::feel
