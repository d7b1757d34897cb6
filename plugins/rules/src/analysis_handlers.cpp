#include "analysis_handlers.hpp"

#include "analysis/analysis.hpp"
#include "analysis_json.hpp"
#include "model_request.hpp"
#include "model_service.hpp"
#include "mortise/errors.hpp"

namespace rules {

using mortise::sdk::Call;
using mortise::sdk::Problem;
using mortise::sdk::Response;

Response analyse_model(Call& call) {
    call.allow_query({"version", "as_of", "decision"});
    const ModelService service(call);
    const ModelRecord model = service.get(call.path("id"));
    const VersionRecord version = chosen_or_latest(call, service, model);
    const analysis::Report report = analysis::analyse(*service.compiled(model, version).model);
    const auto decision = call.query("decision");
    if (decision && !has_decision(report, *decision))
        throw Problem(404, "table_not_found", "No element of this name or id has a decision table.");
    return Response::json(analysis_to_json(version.version, report, decision));
}

}  // namespace rules
