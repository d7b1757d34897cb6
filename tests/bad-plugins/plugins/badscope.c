#include "bad.h"

static const mortise_route routes[] = {ROUTE(.scope = TEXT("tenants:write"))};
PLUGIN(.routes = routes, .route_count = sizeof(routes) / sizeof(routes[0]));
