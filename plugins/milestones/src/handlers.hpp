#pragma once

#include "mortise/call.hpp"

// One function for each route of plugin.cpp: decode, domain, encode.
namespace milestones {

mortise::sdk::Response read_milestone(mortise::sdk::Call& call);

}  // namespace milestones
