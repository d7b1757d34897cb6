#include "bad.h"

CALL(bad_call) {
    static const char* const names[] = {"Content-Length", "transfer-encoding", "CONNECTION", "Date",
                                        "Set-Cookie"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i) {
        const mortise_pair header = {text(names[i]), TEXT("1")};
        MUST(http->respond(http, call, 200, &header, 1) == MORTISE_E_INVALID);
    }
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
