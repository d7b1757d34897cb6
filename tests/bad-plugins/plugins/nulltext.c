#include "bad.h"

static const mortise_route routes[] = {ROUTE(.pattern = {NULL, 7})};
PLUGIN(.routes = routes, .route_count = sizeof(routes) / sizeof(routes[0]));
