#pragma once

#include "mortise/call.hpp"

// One function for each route of packs.
namespace rules {

mortise::sdk::Response list_packs(mortise::sdk::Call& call);
mortise::sdk::Response read_pack(mortise::sdk::Call& call);
mortise::sdk::Response install_pack(mortise::sdk::Call& call);
mortise::sdk::Response share_pack(mortise::sdk::Call& call);

}  // namespace rules
