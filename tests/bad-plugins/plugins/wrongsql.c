#include "bad.h"

CALL(bad_call) {
    mortise_value value = {MORTISE_VALUE_TEXT, 0, {.bytes = {(const uint8_t*)"\xff", 1}}};
    const mortise_value null_text = {MORTISE_VALUE_TEXT, 0, {.bytes = {NULL, 5}}};
    const mortise_value unknown = {99, 0, {.integer = 1}};
    MUST(sql->run(sql, call, text("none"), NULL, 0, NULL, NULL) == MORTISE_E_NOT_FOUND);
    MUST(sql->run(sql, call, text("one; DROP TABLE x"), NULL, 0, NULL, NULL) == MORTISE_E_NOT_FOUND);
    MUST(sql->run(sql, call, text("../one"), NULL, 0, NULL, NULL) == MORTISE_E_NOT_FOUND);
    MUST(sql->run(sql, call, text("one"), NULL, 0, NULL, NULL) == MORTISE_E_INVALID);
    MUST(sql->run(sql, call, text("one"), NULL, 1, NULL, NULL) == MORTISE_E_INVALID);
    MUST(sql->run(sql, call, text("one"), &value, 1, NULL, NULL) == MORTISE_E_INVALID);
    MUST(sql->run(sql, call, text("one"), &null_text, 1, NULL, NULL) == MORTISE_E_INVALID);
    MUST(sql->run(sql, call, text("one"), &unknown, 1, NULL, NULL) == MORTISE_E_INVALID);
    MUST(sql->run(sql, call, text("one"), &value, 1000, NULL, NULL) == MORTISE_E_INVALID);
    value.as.bytes.data = (const uint8_t*)"x";
    MUST(sql->run(sql, call, text("one"), &value, 1, NULL, NULL) == MORTISE_OK);
    return answer(call, "ok");
}
PLUGIN(.call = bad_call);
