#include "bad.h"

CALL(bad_call) {
    mortise_problem problem = {sizeof(problem), 409, TEXT("taken"), TEXT("\xc3\x28"), {NULL, 0}, {NULL, 0}};
    MUST(http->fail(http, call, &problem) == MORTISE_E_INVALID);
    problem.detail = text("fine");
    problem.status = 200;
    MUST(http->fail(http, call, &problem) == MORTISE_E_INVALID);
    problem.status = 600;
    MUST(http->fail(http, call, &problem) == MORTISE_E_INVALID);
    problem.status = 409;
    problem.size = 8;
    MUST(http->fail(http, call, &problem) == MORTISE_E_INVALID);
    problem.size = sizeof(problem);
    problem.code = text("");
    MUST(http->fail(http, call, &problem) == MORTISE_E_INVALID);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
