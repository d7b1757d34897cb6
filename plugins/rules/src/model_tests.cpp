#include "model_tests.hpp"

#include "evaluation.hpp"
#include "feel/json.hpp"
#include "json_pieces.hpp"
#include "mortise/errors.hpp"
#include "mortise/json_writer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

namespace rules {
namespace {

using mortise::sdk::FieldError;
using mortise::sdk::JsonWriter;
using mortise::sdk::Problem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxErrors = 100;

// Reads one test out of its object, and says what is wrong with it.
class TestReader {
 public:
    TestReader(std::string pointer, std::vector<FieldError>& errors)
        : pointer_(std::move(pointer)), errors_(errors) {}

    ModelTest read(std::string_view text) {
        const auto members = json_members(text);
        if (!members) {
            fault("", "wrong_type", "Must be a JSON object.");
            return {};
        }
        for (const JsonMember& member : *members)
            take(member);
        if (test_.name.empty()) fault("/name", "required", "Must be given.");
        if (test_.element.empty()) fault("/decision", "required", "Give decision or decision_service.");
        if (test_.expected.empty()) fault("/expected", "required", "Must be given; null is a value.");
        if (test_.context.empty()) test_.context = "{}";
        return std::move(test_);
    }

 private:
    void take(const JsonMember& member) {
        if (member.name == "name") {
            test_.name = text_of(member, kMaxName);
        } else if (member.name == "decision" || member.name == "decision_service") {
            if (!test_.element.empty())
                fault("/" + member.name, "conflict", "Give decision or decision_service, not both.");
            test_.element = text_of(member, kMaxName);
            test_.is_service = member.name == "decision_service";
        } else if (member.name == "context") {
            if (!member.text.starts_with('{')) fault("/context", "wrong_type", "Must be a JSON object.");
            test_.context = value_of(member);
        } else if (member.name == "expected") {
            test_.expected = value_of(member);
        } else {
            fault("", "unknown_member", "name, decision, decision_service, context and expected are known.");
        }
    }
    std::string text_of(const JsonMember& member, std::size_t most) {
        const auto value = nlohmann::json::parse(member.text, nullptr, false);
        if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
            value.get_ref<const std::string&>().size() > most) {
            fault("/" + member.name, "wrong_type",
                  "Must be text of 1 to " + std::to_string(most) + " bytes.");
            return {};
        }
        return value.get<std::string>();
    }
    std::string value_of(const JsonMember& member) {
        const auto value = feel::read_json(member.text, {}, kEvaluationJson);
        if (!value) fault("/" + member.name, "invalid_json", value.fault().reason);
        return std::string(member.text);
    }
    void fault(const std::string& member, std::string code, std::string detail) {
        if (errors_.size() < kMaxErrors)
            errors_.push_back({pointer_ + member, std::move(code), std::move(detail)});
    }

    std::string pointer_;
    std::vector<FieldError>& errors_;
    ModelTest test_;
};

bool same(const feel::Value& left, const feel::Value& right) {
    feel::Evaluation evaluation;
    return equal(left, right, evaluation) == feel::Truth::kTrue;
}

std::optional<feel::Value> read(std::string_view json, const feel::Type& type = {}) {
    const auto value = feel::read_json(json, type, kEvaluationJson);
    return value ? std::optional(*value) : std::nullopt;
}

// Expected may be written by the result's type, tagged, or as the plain JSON that an evaluation answers.
bool is_expected(const feel::Value& actual, const ModelTest& test, const feel::Type& type) {
    const auto typed = read(test.expected, type);
    if (typed && same(actual, *typed)) return true;
    const auto text = feel::write_json(actual, feel::JsonForm::kPlain, kEvaluationJson);
    if (!text) return false;
    const auto plain = read(*text);
    const auto expected = read(test.expected);
    return plain && expected && same(*plain, *expected);
}

void collect_hits(const dmn::Explanation& explanation, std::set<RuleKey>& hit) {
    for (const dmn::NodeTrace& node : explanation.nodes)
        for (const dmn::TableTrace& table : node.tables)
            for (const dmn::RuleTrace& rule : table.matched)
                hit.insert({node.id, table.element_id, rule.number});
}

feel::Limits limits_of_next(const TestLimits& limits) {
    feel::Limits own = limits.evaluation;
    own.deadline = std::min(limits.end, Clock::now() + std::chrono::milliseconds(limits.milliseconds));
    return own;
}

TestResult run_test(const dmn::Model& model, const ModelTest& test, const feel::Limits& limits,
                    std::set<RuleKey>& hit) {
    TestResult result{test.name, false, {}, {}};
    const auto kind = test.is_service ? dmn::NodeKind::kService : dmn::NodeKind::kDecision;
    const auto index = model.find(kind, test.element);
    if (!index) {
        result.reason = "The model has nothing that is called " + test.element + ".";
        return result;
    }
    const auto inputs = read(test.context, inputs_type(model.inputs_of(*index)));
    if (!inputs) {
        result.reason = "The context can't be read.";
        return result;
    }
    feel::Evaluation evaluation(limits);
    const dmn::Outcome outcome = model.evaluate(*index, *inputs, evaluation, dmn::Explain::kYes);
    collect_hits(outcome.explanation, hit);
    if (evaluation.exceeded()) {
        result.reason = evaluation.exceeded_reason();
        return result;
    }
    const auto entries = model.entries();
    const auto entry = std::ranges::find(entries, *index, &dmn::Model::Entry::index);
    result.passed = is_expected(outcome.value, test, entry == entries.end() ? feel::Type() : entry->type);
    if (!result.passed) result.reason = "The result is not what is expected.";
    const auto text = feel::write_json(outcome.value, feel::JsonForm::kTagged, kEvaluationJson);
    if (text) result.actual = *text;
    return result;
}

void write(JsonWriter& json, const TestResult& result) {
    json.begin_object().member("name", result.name).member("passed", result.passed);
    if (!result.reason.empty()) json.member("reason", result.reason);
    if (!result.actual.empty()) json.key("actual").raw(result.actual);
    json.end_object();
}

}  // namespace

std::vector<ModelTest> decode_tests(std::string_view json, std::string_view pointer) {
    std::vector<FieldError> errors;
    std::vector<ModelTest> tests;
    const std::string root(pointer);
    const auto items = json_items(json);
    if (!items)
        errors.push_back({root, "wrong_type", "Must be a JSON array of tests."});
    else if (items->size() > kMaxTests)
        errors.push_back({root, "too_long", "Must have at most " + std::to_string(kMaxTests) + " tests."});
    else
        for (std::size_t i = 0; i < items->size(); ++i)
            tests.push_back(TestReader(root + '/' + std::to_string(i), errors).read((*items)[i]));
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < tests.size() && errors.size() < kMaxErrors; ++i)
        if (!tests[i].name.empty() && !names.insert(tests[i].name).second)
            errors.push_back(
                {root + '/' + std::to_string(i) + "/name", "duplicate", "Another test has this name."});
    if (!errors.empty())
        throw Problem(400, "invalid_tests", "Some tests are not valid; see errors.").with_errors(errors);
    return tests;
}

bool TestRun::passed() const {
    return std::ranges::all_of(results, &TestResult::passed);
}

TestRun run_tests(const dmn::Model& model, const std::vector<ModelTest>& tests, const TestLimits& limits) {
    TestRun run;
    for (const ModelTest& test : tests) {
        if (Clock::now() >= limits.end)
            run.results.push_back({test.name, false, "Not run: the tests before took too long.", {}});
        else
            run.results.push_back(run_test(model, test, limits_of_next(limits), run.hit));
    }
    return run;
}

std::string to_json(const TestRun& run, const std::map<RuleKey, std::string>& rules) {
    const auto passed = std::ranges::count_if(run.results, &TestResult::passed);
    const auto hit =
        std::ranges::count_if(rules, [&](const auto& rule) { return run.hit.contains(rule.first); });
    JsonWriter json;
    json.begin_object().member("passed", passed);
    json.member("failed", static_cast<std::int64_t>(run.results.size()) - passed);
    json.key("results").begin_array();
    for (const TestResult& result : run.results)
        write(json, result);
    json.end_array().key("coverage").begin_object().member("rules", rules.size()).member("hit", hit);
    json.key("missed").begin_array();
    for (const auto& [key, id] : rules) {
        if (run.hit.contains(key)) continue;
        json.begin_object().member("element_id", key.holder).member("table_id", key.table);
        json.member("rule", key.number).member("rule_id", id).end_object();
    }
    return std::move(json.end_array().end_object().end_object()).text();
}

std::string failures_to_json(const TestRun& run) {
    JsonWriter json;
    json.begin_array();
    for (const TestResult& result : run.results) {
        if (result.passed) continue;
        json.begin_object().member("pointer", "").member("code", "test_failed").member("test", result.name);
        json.member("detail", result.reason);
        if (!result.actual.empty()) json.key("actual").raw(result.actual);
        json.end_object();
    }
    return std::move(json.end_array()).text();
}

}  // namespace rules
