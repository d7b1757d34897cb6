#include "bad.h"

CALL(bad_call) {
    const mortise_value word = {MORTISE_VALUE_TEXT, 0, {.bytes = {(const uint8_t*)"x", 1}}};
    MUST(sql->run(sql, call, text("add"), &word, 1, NULL, NULL) != MORTISE_OK);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
