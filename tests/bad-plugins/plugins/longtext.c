#include "bad.h"

static const char long_summary[300000] = "x";
static const mortise_route routes[] = {ROUTE(.summary = {long_summary, sizeof(long_summary)})};
PLUGIN(.routes = routes, .route_count = 1);
