#include "evaluation.hpp"

#include "explanation_json.hpp"
#include "mortise/json_writer.hpp"
#include "sha256.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <span>
#include <utility>

namespace rules {
namespace {

using Clock = std::chrono::steady_clock;

// Names of inputs, by the import that they stand in.
struct InputTree {
    std::vector<feel::Type::Member> members;
    std::map<std::string, InputTree> imports;

    feel::Type type() && {
        for (auto& [name, tree] : imports)
            members.push_back({name, std::move(tree).type()});
        return feel::Type::context(std::move(members));
    }
};

Evaluated refused(Verdict verdict, std::string reason) {
    Evaluated evaluated;
    evaluated.verdict = verdict;
    evaluated.reason = std::move(reason);
    evaluated.result = "null";
    return evaluated;
}

std::string describe(const feel::Fault& fault) {
    return "The context can't be read: " + fault.reason + " (line " + std::to_string(fault.line) +
           ", column " + std::to_string(fault.column) + ").";
}

std::string hits_json(const dmn::Explanation& explanation) {
    mortise::sdk::JsonWriter json;
    json.begin_array();
    for (const dmn::NodeTrace& node : explanation.nodes)
        for (const dmn::TableTrace& table : node.tables) {
            if (json.text().size() > kMaxRecorded) return std::move(json.end_array()).text();
            json.begin_object().member("decision", node.name).member("table", table.element_id);
            json.key("rules").begin_array();
            for (const dmn::RuleTrace& rule : table.matched)
                json.begin_object().member("id", rule.id).member("number", rule.number).end_object();
            json.end_array().member("used_default", table.used_default).end_object();
        }
    return std::move(json.end_array()).text();
}

// The same value with the members of its contexts sorted, so that equal inputs are written alike. Recursive:
// what was read is nested at most as deep as its limits allow.
feel::Value sorted(const feel::Value& value) {
    if (value.is_list()) {
        std::vector<feel::Value> items;
        for (const feel::Value& item : value.as_list())
            items.push_back(sorted(item));
        return feel::Value::list(std::move(items));
    }
    if (!value.is_context()) return value;
    const feel::Context& context = value.as_context();
    std::vector<std::pair<std::string, feel::Value>> members;
    for (std::size_t i = 0; i < context.size(); ++i)
        members.emplace_back(context.name(i), sorted(context.value(i)));
    std::ranges::sort(members, {}, &std::pair<std::string, feel::Value>::first);
    return feel::Value::context(std::move(members));
}

// What was read within the limits may be longer when it is written, by its tags and escapes.
constexpr feel::JsonLimits kRecordJson{.bytes = 4 * kEvaluationJson.bytes};

std::string tagged(const feel::Value& value) {
    const auto text = feel::write_json(value, feel::JsonForm::kTagged, kRecordJson);
    return text ? *text : std::string("null");
}

void set_now(feel::Evaluation& evaluation, std::int64_t microseconds) {
    const auto point =
        std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(microseconds));
    const auto second = std::chrono::floor<std::chrono::seconds>(point);
    const auto nanos = std::chrono::nanoseconds(point - second).count();
    const auto moment = feel::DateTime::at(second.time_since_epoch().count(), nanos, feel::Zone::offset(0));
    if (moment) evaluation.set_now(*moment);
}

std::int64_t since(Clock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

}  // namespace

std::string_view name_of(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::kDone:
            return "done";
        case Verdict::kBadInput:
            return "invalid_context";
        case Verdict::kLimit:
            return "evaluation_limit_reached";
        case Verdict::kTooLarge:
            return "result_too_large";
    }
    return "done";
}

std::string recorded_result(const feel::Value& result) {
    std::string text = tagged(result);
    return text.size() <= kMaxRecorded ? text : "{\"@sha256\":\"" + sha256_hex(text) + "\"}";
}

feel::Type inputs_type(const std::vector<dmn::Model::Input>& inputs) {
    InputTree root;
    for (const dmn::Model::Input& input : inputs) {
        InputTree* tree = &root;
        for (const std::string& import : input.import_path)
            tree = &tree->imports[import];
        tree->members.push_back({input.name, input.type});
    }
    return std::move(root).type();
}

Evaluator::Evaluator(const dmn::Model& model, std::uint32_t index)
    : model_(model), index_(index), inputs_(inputs_type(model.inputs_of(index))) {}

Evaluated Evaluator::evaluate(std::string_view context, const EvaluationOptions& options) const {
    const auto begin = Clock::now();
    const auto inputs = feel::read_json(context, inputs_, kEvaluationJson);
    if (!inputs) return refused(Verdict::kBadInput, describe(inputs.fault()));
    if (!inputs->is_context()) return refused(Verdict::kBadInput, "The context must be a JSON object.");

    feel::Evaluation evaluation(options.limits);
    if (options.now) set_now(evaluation, *options.now);
    const auto explain = options.explain || options.record ? dmn::Explain::kYes : dmn::Explain::kNo;
    const dmn::Outcome outcome = model_.evaluate(index_, *inputs, evaluation, explain);

    Evaluated evaluated;
    if (evaluation.exceeded()) {
        evaluated =
            refused(Verdict::kLimit, "The evaluation reached a limit (" + evaluation.exceeded_reason() +
                                         "). Simplify the decision, or raise the limit in the settings.");
    } else if (auto result = feel::write_json(outcome.value, options.form, kEvaluationJson)) {
        evaluated.result = *std::move(result);
    } else {
        evaluated = refused(Verdict::kTooLarge, "The result is larger than an answer may be.");
    }
    if (options.record) {
        const bool done = evaluated.verdict == Verdict::kDone;
        evaluated.record = {tagged(sorted(*inputs)), done ? recorded_result(outcome.value) : "null",
                            hits_json(outcome.explanation)};
    }
    if (options.explain) evaluated.explanation = explanation_json(outcome.explanation, options.form);
    evaluated.microseconds = since(begin);
    return evaluated;
}

}  // namespace rules
