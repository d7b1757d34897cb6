#include "bad.h"

CALL(bad_call) {
    const mortise_problem problem = {sizeof(problem),      409,        TEXT("taken"),
                                     TEXT("It is taken."), TEXT("[{"), TEXT("no JSON")};
    return http->fail(http, call, &problem);
}
PLUGIN(.call = bad_call);
