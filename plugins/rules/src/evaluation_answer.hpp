#pragma once

#include "evaluation_body.hpp"
#include "model_compiler.hpp"
#include "mortise/any_call.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

// Evaluations from a body that was read to the JSON that is answered, alike for clients and other plugins.
namespace rules {

// What an evaluation needs while its answer is written.
struct EvaluationRequest {
    std::string text;
    EvaluationBody body;  // views into the text
    CompiledVersion version;
    std::string caller = {};  // the plugin that asks; empty if a client does
};

// Chooses the version: of a model by its id or key, or by a decision's (or service's) name or id.
void choose_version_of(const mortise::sdk::AnyCall& call, std::string_view model, EvaluationRequest& request);
void choose_version_by(const mortise::sdk::AnyCall& call, std::string decision, EvaluationRequest& request);

// Of a body with `context`.
std::string answer_one(const mortise::sdk::AnyCall& call, const EvaluationRequest& request);

// Of a body with `contexts`: a context that fails fails alone. Writes piece by piece, so that the answer is
// never whole in memory; 422 `answer_too_large` beyond `most` bytes.
void answer_many(const mortise::sdk::AnyCall& call, const EvaluationRequest& request, std::size_t most,
                 const std::function<void(std::string_view)>& write);

}  // namespace rules
