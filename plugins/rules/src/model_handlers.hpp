#pragma once

#include "mortise/call.hpp"

// One function for each route of models: decode, domain, encode.
namespace rules {

using mortise::sdk::Call;
using mortise::sdk::Response;

Response list_models(Call& call);
Response create_model(Call& call);
Response validate_model(Call& call);
Response read_model(Call& call);
Response change_model(Call& call);
Response delete_model(Call& call);
Response share_model(Call& call);

Response list_versions(Call& call);
Response read_version(Call& call);
Response read_source(Call& call);
Response end_version(Call& call);
Response publish_model(Call& call);
Response roll_back_model(Call& call);

Response list_decisions(Call& call);
Response test_model(Call& call);

}  // namespace rules
