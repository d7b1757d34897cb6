#pragma once

#include "mortise/peer_method.hpp"

// The interface for other plugins: one function for each method of rules.decisions/1.
namespace rules {

// Evaluates as POST /models/{id}/evaluate and POST /decisions/{key}/evaluate do, with all in one body.
std::string evaluate_for(mortise::sdk::PeerCall& call);
// What a model's decisions, or one decision, take and give.
std::string describe_decisions_for(mortise::sdk::PeerCall& call);

inline constexpr std::string_view kDecisionsInterface = "rules.decisions/1";

inline constexpr mortise::sdk::PeerMethod kPeerMethods[] = {
    {.interface = kDecisionsInterface,
     .name = "evaluate",
     .access = mortise::sdk::Access::kWrite,
     .handler = evaluate_for},
    {.interface = kDecisionsInterface, .name = "decisions", .handler = describe_decisions_for},
};

}  // namespace rules
