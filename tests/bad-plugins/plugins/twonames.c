#include "bad.h"

static const mortise_route routes[] = {ROUTE(.reserved = 0), ROUTE(.pattern = TEXT("/other"))};
PLUGIN(.routes = routes, .route_count = sizeof(routes) / sizeof(routes[0]));
