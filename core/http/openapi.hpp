#pragma once

#include <string>

#include "core/http/router.hpp"

namespace mortise::http {

// The OpenAPI 3.1 document of a route table, as JSON. Deterministic: equal tables give equal text. A row whose
// schema or parameters are no JSON throws std::invalid_argument that names the operation.
std::string openapi_document(const RouteTable& routes, const std::string& version);

}  // namespace mortise::http
