#include "bad.h"

static const mortise_route routes[] = {ROUTE(.access = 0)};
PLUGIN(.routes = routes, .route_count = sizeof(routes) / sizeof(routes[0]));
