// feel-eval: evaluates FEEL as a test asks for it. Reads JSON lines
//
//   {"context": {name: value, …}, "expressions": ["…", …]}
//
// with temporals as {"@type", "@value"}, and writes a JSON line for each expression: {"value"} in the same
// form, or
// {"fault"} with why there is none.
#include "feel/compile.hpp"
#include "feel/json.hpp"

#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

namespace {

using namespace rules::feel;
using Json = nlohmann::json;

std::string fault(const std::string& reason) {
    return Json{{"fault", reason}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string evaluate(const std::string& text, const Context& names, const Scope& scope) {
    const auto expression = compile_expression(text, scope);
    if (!expression) return fault(expression.fault().reason);
    Frame frame(expression->frame_size());
    for (Slot slot = 0; slot < scope.size(); ++slot)
        frame[slot] = names.value(slot);
    Evaluation evaluation;
    const auto value = expression->evaluate(frame, evaluation);
    if (evaluation.exceeded()) return fault(evaluation.exceeded_reason());
    const auto json = write_json(value, JsonForm::kTagged);
    return json ? R"({"value":)" + *json + "}" : fault(json.fault().reason);
}

void answer(const Json& line) {
    const auto context = read_json(line.at("context").dump());
    if (!context || !context->is_context()) throw std::invalid_argument("the context is no JSON object");
    Scope scope;
    for (std::size_t i = 0; i < context->as_context().size(); ++i)
        scope.declare(context->as_context().name(i));
    for (const auto& text : line.at("expressions"))
        std::cout << evaluate(text.get<std::string>(), context->as_context(), scope) << '\n';
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    std::string line;
    while (std::getline(std::cin, line)) {
        answer(Json::parse(line));
        std::cout.flush();
    }
    return 0;
}
