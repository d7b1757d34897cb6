/*
 * A plugin that sings when it is loaded: its constructor sets MORTISE_CANARY in the environment of the
 * process. Built many times, each with one fault that the ELF check must find.
 */
#include "mortise/abi/plugin.h"

#include <stdlib.h>

#ifdef CANARY_INTERPRETER
__attribute__((section(".interp"), used)) static const char kInterpreter[] = "/lib64/ld-linux-x86-64.so.2";
#endif
#ifdef CANARY_UNIQUE
__asm__(
    ".globl canary_unique\n"
    ".type canary_unique, %gnu_unique_object\n"
    ".size canary_unique, 8\n"
    ".data\n"
    "canary_unique: .quad 0\n"
    ".text\n");
#endif
#ifdef CANARY_TEXT_RELOCATION
__asm__(".text\n.quad canary_unit\n");
#endif

__attribute__((visibility("default"))) void canary_unit(void) {}

__attribute__((constructor)) static void sing(void) {
    setenv("MORTISE_CANARY", "sang", 1);
}

#if !defined(CANARY_FUNCTION) && !defined(CANARY_NO_ENTRY)
static mortise_status start(const mortise_host* host, void** instance) {
    (void)host;
    *instance = NULL;
    return MORTISE_OK;
}
static mortise_status call(void* instance, mortise_call handle, const mortise_request* request) {
    (void)instance, (void)handle, (void)request;
    return MORTISE_E_INTERNAL;
}
static void stop(void* instance) {
    (void)instance;
}
#endif

#if defined(CANARY_FUNCTION)
__attribute__((visibility("default"))) void canary_entry(void) __asm__("mortise_plugin_entry");
void canary_entry(void) {
    __asm__(".space 64"); /* large enough for an entry */
}
#elif !defined(CANARY_NO_ENTRY)
const mortise_plugin_entry_v1 mortise_plugin_entry = {
    .size = sizeof(mortise_plugin_entry_v1),
    .abi_major = MORTISE_ABI_MAJOR,
    .id = {"canary", 6},
    .version = {"1.0.0", 5},
    .start = start,
    .call = call,
    .stop = stop,
};
#endif
