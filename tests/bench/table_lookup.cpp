// Times decision tables in the process: lookups in tables of 10, 100 and 1,000 rules, a batch, and deploying
// the largest.
//
// Prints: nanoseconds of a decision by tables of 10, 100 and 1,000 rules; of one by 100 rules in a batch,
// from its context in JSON to its result in JSON; the milliseconds that compiling the largest takes from its
// XML; and how many of all answers were wrong.
#include "dmn/engine.hpp"
#include "feel/json.hpp"
#include "tests/bench/timing.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace rules;

constexpr std::size_t kBandWidth = 10;
constexpr const char* kRegions[] = {"north", "south", "east", "west"};

std::string cell(const char* kind, const std::string& text) {
    return "<" + std::string(kind) + "><text>" + text + "</text></" + kind + ">";
}

std::string input(const char* name, const char* type) {
    return "<input><inputExpression typeRef=\"" + std::string(type) + "\"><text>" + name +
           "</text></inputExpression></input>";
}

std::string data(const char* name, const char* type) {
    return "<inputData id=\"" + std::string(name) + "\" name=\"" + name + "\"><variable name=\"" + name +
           "\" typeRef=\"" + type + "\"/></inputData>";
}

std::string needs(const char* name) {
    return "<informationRequirement><requiredInput href=\"#" + std::string(name) +
           "\"/></informationRequirement>";
}

// Each rule is one band of amounts in one region, and answers with its own number.
std::string model(std::size_t rules) {
    std::string text =
        R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="m" namespace="urn:m">)" +
        data("amount", "number") + data("region", "string") + data("member", "boolean") +
        R"(<decision id="d" name="d"><variable name="d" typeRef="number"/>)" + needs("amount") +
        needs("region") + needs("member") + "<decisionTable hitPolicy=\"FIRST\">" +
        input("amount", "number") + input("region", "string") + input("member", "boolean") +
        "<output typeRef=\"number\"/>";
    for (std::size_t rule = 0; rule < rules; ++rule) {
        const std::size_t low = rule / std::size(kRegions) * kBandWidth;
        text +=
            "<rule>" +
            cell("inputEntry", "[" + std::to_string(low) + ".." + std::to_string(low + kBandWidth) + ")") +
            cell("inputEntry", "\"" + std::string(kRegions[rule % std::size(kRegions)]) + "\"") +
            cell("inputEntry", "-") + cell("outputEntry", std::to_string(rule)) + "</rule>";
    }
    return text + "</decisionTable></decision></definitions>";
}

std::shared_ptr<const dmn::Model> compiled(const std::string& xml) {
    const dmn::Source source{"bench.dmn", xml};
    auto compilation = dmn::compile({&source, 1});
    if (compilation.model && compilation.faults.empty()) return compilation.model;
    std::fprintf(stderr, "%s\n", compilation.faults[0].reason.c_str());
    std::exit(1);
}

feel::Value inputs_of(std::size_t rule) {
    const auto amount =
        static_cast<std::int64_t>(rule / std::size(kRegions) * kBandWidth + rule % kBandWidth);
    return feel::Value::context({{"amount", feel::Value::number(amount)},
                                 {"region", feel::Value::string(kRegions[rule % std::size(kRegions)])},
                                 {"member", feel::Value::boolean(rule % 3 == 0)}});
}

double lookup_ns(std::size_t rules, std::size_t& wrong) {
    const auto table = compiled(model(rules));
    const std::uint32_t decision = *table->find(dmn::NodeKind::kDecision, "d");
    std::vector<feel::Value> inputs;
    for (std::size_t rule = 0; rule < rules; ++rule)
        inputs.push_back(inputs_of(rule));
    std::size_t at = 0;
    return mortise::bench::least_mean_ns(20'000, [&] {
        at = (at + 7) % rules;
        feel::Evaluation evaluation;
        const feel::Value answer = table->evaluate(decision, inputs[at], evaluation).value;
        const bool right =
            answer.is_number() && answer.as_number() == feel::Decimal::of(static_cast<std::int64_t>(at));
        wrong += right ? 0U : 1U;
    });
}

double batch_ns(std::size_t rules, std::size_t& wrong) {
    const auto table = compiled(model(rules));
    const std::uint32_t decision = *table->find(dmn::NodeKind::kDecision, "d");
    std::vector<feel::Type::Member> members;
    for (const dmn::Model::Input& input : table->inputs_of(decision))
        members.push_back({input.name, input.type});
    const feel::Type type = feel::Type::context(std::move(members));
    std::vector<std::string> contexts;
    for (std::size_t rule = 0; rule < rules; ++rule)
        contexts.push_back(*feel::write_json(inputs_of(rule)));
    std::string answers;
    const double group_ns = mortise::bench::least_mean_ns(200, [&] {
        answers.clear();
        for (std::size_t rule = 0; rule < rules; ++rule) {
            feel::Evaluation evaluation;
            const auto inputs = feel::read_json(contexts[rule], type);
            const auto result = feel::write_json(table->evaluate(decision, *inputs, evaluation).value);
            wrong += *result == std::to_string(rule) ? 0U : 1U;
            answers += *result + ",";
        }
    });
    return group_ns / static_cast<double>(rules);
}

}  // namespace

int main() {
    std::size_t wrong = 0;
    for (const std::size_t rules : {10U, 100U, 1'000U})
        std::printf("%.0f ", lookup_ns(rules, wrong));
    std::printf("%.0f ", batch_ns(100, wrong));
    const std::string largest = model(1'000);
    std::printf("%.2f ", mortise::bench::least_mean_ns(3, [&] { compiled(largest); }) / 1e6);
    std::printf("%zu\n", wrong);
    return 0;
}
