#include "bad.h"

static const mortise_route routes[] = {ROUTE(.pattern = TEXT("/../admin"))};
PLUGIN(.routes = routes, .route_count = sizeof(routes) / sizeof(routes[0]));
