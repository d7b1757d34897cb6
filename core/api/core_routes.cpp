#include "core/api/resources.hpp"

#include <iterator>

namespace mortise::api {

std::vector<http::Route> core_routes(const Parts& parts) {
    std::vector<http::Route> all;
    for (const auto resource :
         {health_routes,       metric_routes,       document_routes,    auth_routes,
          tenant_routes,       role_routes,         user_routes,        api_key_routes,
          flag_routes,         flag_set_routes,     flag_state_routes,  flag_environment_routes,
          flag_segment_routes, flag_history_routes, flag_answer_routes, flag_change_request_routes,
          ofrep_routes,        ofrep_event_routes,  unleash_routes,     license_routes,
          seat_routes,         usage_routes,        plugin_routes,      event_routes,
          audit_routes}) {
        auto rows = resource(parts);
        std::move(rows.begin(), rows.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace mortise::api
