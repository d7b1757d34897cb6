#pragma once

#include "mortise/call.hpp"

// One function for each route of evaluation_routes.hpp: decode, domain, encode.
namespace rules {

mortise::sdk::Response evaluate_model(mortise::sdk::Call& call);
mortise::sdk::Response evaluate_decision(mortise::sdk::Call& call);
mortise::sdk::Response evaluate_feel(mortise::sdk::Call& call);

mortise::sdk::Response list_evaluations(mortise::sdk::Call& call);
mortise::sdk::Response read_evaluation(mortise::sdk::Call& call);
mortise::sdk::Response export_evaluations(mortise::sdk::Call& call);
mortise::sdk::Response export_evaluations_as_csv(mortise::sdk::Call& call);
mortise::sdk::Response replay_evaluations(mortise::sdk::Call& call);

}  // namespace rules
