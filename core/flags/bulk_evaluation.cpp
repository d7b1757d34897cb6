#include "core/flags/bulk_evaluation.hpp"

#include "core/flags/paths.hpp"
#include "core/flags/value_reader.hpp"

#include <span>
#include <utility>
#include <vector>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxBulkDepth = 66;             // a context may be 64 deep
constexpr std::size_t kMaxMemory = 64 * 1024 * 1024;  // a value is 16 bytes, its text at least one

struct BulkRequest {
    std::span<const Value> contexts;
    std::span<const Value> flags;  // empty: all
};

base::Error invalid_bulk(std::string pointer, std::string code, std::string detail) {
    return {base::ErrorKind::kInvalid,
            "invalid_body",
            "The body has faults; see `errors`.",
            {},
            {{std::move(pointer), std::move(code), std::move(detail)}}};
}

base::Status check_context(const Value& context, std::size_t index) {
    const std::string at = "/contexts/" + std::to_string(index);
    if (!context.is_object()) return invalid_bulk(at, "wrong_type", "A context is an object.");
    const auto* const key = context.find(kTargetingKeyName);
    if (key != nullptr && (!key->is_string() || key->text().size() > kMaxContextKey))
        return invalid_bulk(at + "/targetingKey", "invalid_targeting_key",
                            "A targetingKey is a string of at most 1024 bytes.");
    return {};
}

base::Result<BulkRequest> read_request(const Value& body) {
    if (!body.is_object()) return invalid_bulk("", "wrong_type", "The body must be a JSON object.");
    for (const auto& [name, value] : body.members())
        if (name != "contexts" && name != "flags")
            return invalid_bulk("/" + std::string(name), "unknown_member", "There is no such member.");
    BulkRequest request;
    const auto* const contexts = body.find("contexts");
    if (contexts == nullptr || !contexts->is_array() || contexts->items().size() > kMaxBulkContexts)
        return invalid_bulk("/contexts", "invalid_contexts", "The contexts are a list of at most 1000.");
    request.contexts = contexts->items();
    for (std::size_t i = 0; i < request.contexts.size(); ++i)
        MORTISE_TRY(check_context(request.contexts[i], i));
    const auto* const flags = body.find("flags");
    if (flags == nullptr || flags->is_null()) return request;
    if (!flags->is_array() || flags->items().empty() || flags->items().size() > kMaxBulkFlags)
        return invalid_bulk("/flags", "invalid_flags", "The flags are a list of 1 to 1000 keys.");
    request.flags = flags->items();
    for (std::size_t i = 0; i < request.flags.size(); ++i)
        if (!request.flags[i].is_string() || !is_flag_key(request.flags[i].text()))
            return invalid_bulk("/flags/" + std::to_string(i), "invalid_flag_key",
                                "This is no key of a flag.");
    return request;
}

class BulkAnswer {
 public:
    explicit BulkAnswer(EvaluationSink counted) : counted_(counted) {}

    void begin_context() {
        text_ += text_.size() == kBeginning.size() ? R"({"flags":[)" : R"(,{"flags":[)";
        first_ = true;
    }
    void add(const Evaluation& evaluation) {
        if (too_large()) return;
        if (!std::exchange(first_, false)) text_ += ',';
        append_evaluation(text_, evaluation);
        counted_(evaluation);
    }
    void end_context() { text_ += "]}"; }
    bool too_large() const noexcept { return text_.size() > kMaxBulkAnswer; }
    std::string take() { return std::move(text_) + "]}"; }

 private:
    static constexpr std::string_view kBeginning = R"({"results":[)";
    const EvaluationSink counted_;
    std::string text_{kBeginning};
    bool first_ = true;
};

void evaluate_one(const FlagSet& flags, const Subject& subject, const BulkRequest& request,
                  BulkAnswer& answer) {
    answer.begin_context();
    if (request.flags.empty())
        flags.evaluate_all(subject, [&answer](const Evaluation& evaluation) { answer.add(evaluation); });
    for (const auto& key : request.flags)
        answer.add(flags.evaluate(subject, key.text()));
    answer.end_context();
}

}  // namespace

base::Result<std::string> evaluate_contexts(const FlagSet& flags, const Subject& subject,
                                            std::string_view body, const BulkLimits& limits,
                                            EvaluationSink counted) {
    Arena memory(kMaxMemory);
    MORTISE_TRY_ASSIGN(const auto value,
                       read_value(body, {.size = kMaxBulkRequest, .depth = kMaxBulkDepth}, memory));
    MORTISE_TRY_ASSIGN(const auto request, read_request(value));
    const auto asked = request.flags.empty() ? flags.flag_count() : request.flags.size();
    if (asked * request.contexts.size() > kMaxBulkEvaluations)
        return base::Error{base::ErrorKind::kInvalid, "too_many_evaluations",
                           "A request asks for at most 100000 evaluations: contexts times flags."};
    BulkAnswer answer(counted);
    for (const auto& context : request.contexts) {
        Subject one = subject;
        const auto* const key = context.find(kTargetingKeyName);
        one.targeting_key = key == nullptr ? std::string_view() : key->text();
        one.attributes = context.members();
        evaluate_one(flags, one, request, answer);
        if (answer.too_large())
            return base::Error{base::ErrorKind::kInvalid, "answer_too_large",
                               "The answer has more than 32 MiB; ask for fewer contexts or flags."};
        if (limits.clock.monotonic() > limits.deadline)
            return base::Error{base::ErrorKind::kTimeout, "deadline_exceeded",
                               "The evaluations take too long; ask for fewer contexts or flags."};
    }
    return answer.take();
}

}  // namespace mortise::flags
