#pragma once

#include "feel/evaluation.hpp"
#include "feel/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace rules::feel {

// A regular expression of XPath 3.1 (section 5.6.1 of its functions), run in time linear to the text. What
// needs more (back-references) can't be compiled.
class Regex {
 public:
    // `flags`: any of s m i x q. Compiled expressions are kept for the next time.
    static Result<Regex> compile(std::string_view pattern, std::string_view flags);

    bool found_in(std::string_view text) const;
    // Every match by the replacement, in which `$1` is a group, and `\$` and `\\` are `$` and `\`. A fault
    // where the expression matches an empty text.
    Result<std::string> replace(std::string_view text, std::string_view replacement,
                                Evaluation& evaluation) const;
    // What stands between the matches. A fault as above.
    Result<std::vector<std::string_view>> split(std::string_view text) const;

 private:
    explicit Regex(std::shared_ptr<const re2::RE2> expression) : expression_(std::move(expression)) {}

    std::shared_ptr<const re2::RE2> expression_;
};

// The expression as RE2 writes it, flags included.
Result<std::string> translate_regex(std::string_view pattern, std::string_view flags);

}  // namespace rules::feel
