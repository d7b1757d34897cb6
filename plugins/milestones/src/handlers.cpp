#include "handlers.hpp"

#include "milestone_json.hpp"
#include "milestone_repository.hpp"

namespace milestones {

using mortise::sdk::Call;
using mortise::sdk::Problem;
using mortise::sdk::Response;

Response read_milestone(Call& call) {
    call.allow_query({});
    const auto found = MilestoneRepository(call.sql()).find(call.path("key"));
    if (!found) throw Problem(404, "milestone_not_found", "No milestone has this key.");
    return Response::json(to_json(*found)).with_header("etag", '"' + std::to_string(found->version) + '"');
}

}  // namespace milestones
