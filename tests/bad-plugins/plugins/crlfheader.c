#include "bad.h"

CALL(bad_call) {
    static const mortise_pair headers[] = {{TEXT("X-One"), TEXT("a\r\nInjected: yes")},
                                           {TEXT("X-Two\r\nInjected"), TEXT("yes")},
                                           {TEXT("X Three: Injected"), TEXT("yes")}};
    const mortise_status begun = http->respond(http, call, 200, headers, 3);
    return begun == MORTISE_E_INVALID ? answer(call, "ok") : http->write(http, call, (const uint8_t*)"ok", 2);
}
PLUGIN(.call = bad_call);
