#include "bad.h"

static const mortise_route routes[] = {ROUTE(.summary = TEXT("not UTF-8: \xff"))};
PLUGIN(.routes = routes, .route_count = sizeof(routes) / sizeof(routes[0]));
