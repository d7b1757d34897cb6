#include "feel/regex.hpp"

#include <re2/re2.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>

namespace rules::feel {

namespace {

constexpr std::int64_t kMaxMemory = 1 << 20;  // of one expression, its automata included
constexpr std::size_t kMaxGroups = 64;
// RE2 reads so many bytes in the time of a step.
constexpr std::size_t kBytesOfStep = 256;
// ICU calls back after so many of its steps; what it does before the first call is paid for beforehand.
constexpr std::uint64_t kStepsOfCall = 10'000;
constexpr std::uint64_t kStepsOfMatch = 500;
// ICU's: calls, and bytes.
constexpr std::int32_t kMaxBacktracking = 20;
constexpr std::int32_t kMaxStack = 1 << 20;

class Linear final : public RegexEngine {
 public:
    explicit Linear(const std::string& text) : expression_(text, options()) {}

    const re2::RE2& expression() const noexcept { return expression_; }

    std::size_t groups() const noexcept override {
        return static_cast<std::size_t>(expression_.NumberOfCapturingGroups());
    }

    Outcome match(std::string_view text, std::size_t from, std::span<std::string_view> found,
                  Evaluation& evaluation) const override {
        if (!evaluation.step_slowly(1 + (text.size() - from) / kBytesOfStep)) return Outcome::kGivenUp;
        std::vector<re2::StringPiece> pieces(found.size());
        if (!expression_.Match({text.data(), text.size()}, from, text.size(), re2::RE2::UNANCHORED,
                               pieces.data(), static_cast<int>(pieces.size())))
            return Outcome::kNone;
        for (std::size_t i = 0; i < found.size(); ++i)
            found[i] = pieces[i].data() == nullptr ? std::string_view()
                                                   : std::string_view(pieces[i].data(), pieces[i].size());
        return Outcome::kFound;
    }

 private:
    static re2::RE2::Options options() {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(kMaxMemory);
        return options;
    }

    re2::RE2 expression_;
};

class Backtracking final : public RegexEngine {
 public:
    Backtracking(std::unique_ptr<const icu::RegexPattern> pattern, std::size_t groups)
        : pattern_(std::move(pattern)), groups_(groups) {}

    std::size_t groups() const noexcept override { return groups_; }

    Outcome match(std::string_view text, std::size_t from, std::span<std::string_view> found,
                  Evaluation& evaluation) const override {
        if (!evaluation.step_slowly(kStepsOfMatch)) return Outcome::kGivenUp;
        UErrorCode status = U_ZERO_ERROR;
        UText* input = utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status);
        const std::unique_ptr<UText, decltype(&utext_close)> closing(input, utext_close);
        const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(status));
        if (U_FAILURE(status)) return Outcome::kGivenUp;
        matcher->setTimeLimit(kMaxBacktracking, status);
        matcher->setMatchCallback(take_steps, &evaluation, status);
        matcher->setStackLimit(kMaxStack, status);
        matcher->reset(input);
        const bool matches = matcher->find(static_cast<std::int64_t>(from), status);
        if (U_FAILURE(status)) return Outcome::kGivenUp;
        if (!matches) return Outcome::kNone;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const auto group = static_cast<std::int32_t>(i);
            const auto begin = matcher->start64(group, status);
            const auto end = matcher->end64(group, status);
            found[i] = begin < 0 ? std::string_view()
                                 : text.substr(static_cast<std::size_t>(begin),
                                               static_cast<std::size_t>(end - begin));
        }
        return U_SUCCESS(status) ? Outcome::kFound : Outcome::kGivenUp;
    }

 private:
    // ICU's interface is of C, and gives what it was given as constant.
    static UBool U_CALLCONV take_steps(const void* evaluation, std::int32_t /*calls*/) {
        return static_cast<Evaluation*>(const_cast<void*>(evaluation))->step_slowly(kStepsOfCall) ? 1 : 0;
    }

    std::unique_ptr<const icu::RegexPattern> pattern_;
    std::size_t groups_;
};

}  // namespace

std::shared_ptr<const RegexEngine> linear_regex(const std::string& text, std::string& reason) {
    auto engine = std::make_shared<const Linear>(text);
    if (!engine->expression().ok()) {
        reason = "the regular expression can't be used: " + engine->expression().error();
    } else if (engine->groups() > kMaxGroups) {
        reason = "the regular expression has too many groups";
    } else {
        return engine;
    }
    return nullptr;
}

std::shared_ptr<const RegexEngine> backtracking_regex(const std::string& text, std::string& reason) {
    UErrorCode status = U_ZERO_ERROR;
    UParseError where{};
    // As in XPath, only a line feed ends a line.
    std::unique_ptr<const icu::RegexPattern> pattern(
        icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(text), UREGEX_UNIX_LINES, where, status));
    if (U_SUCCESS(status)) {
        const std::unique_ptr<icu::RegexMatcher> matcher(pattern->matcher(status));
        const auto groups = U_SUCCESS(status) ? matcher->groupCount() : 0;
        if (U_SUCCESS(status) && static_cast<std::size_t>(groups) <= kMaxGroups)
            return std::make_shared<const Backtracking>(std::move(pattern), static_cast<std::size_t>(groups));
    }
    reason = "the regular expression can't be used";
    return nullptr;
}

}  // namespace rules::feel
