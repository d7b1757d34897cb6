#include "bad.h"

static const mortise_method methods[] = {
    {sizeof(mortise_method), MORTISE_ACCESS_READ, TEXT(PLUGIN_ID ".things/1"), TEXT("find")}};
static mortise_status serve(void* instance, mortise_call call, const mortise_method_call* request) {
    (void)instance, (void)request;
    return answer(call, "ok");
}
PLUGIN(.methods = methods, .method_count = 1, .serve = serve);
