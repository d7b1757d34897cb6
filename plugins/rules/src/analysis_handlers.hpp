#pragma once

#include "mortise/call.hpp"

namespace rules {

mortise::sdk::Response analyse_model(mortise::sdk::Call& call);

}  // namespace rules
