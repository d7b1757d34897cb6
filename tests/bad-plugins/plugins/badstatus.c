#include "bad.h"

static const mortise_route routes[] = {ROUTE(.success_status = 600)};
PLUGIN(.routes = routes, .route_count = sizeof(routes) / sizeof(routes[0]));
