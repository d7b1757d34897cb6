// The library of a plugin, read before it is loaded.
#include "core/host/elf.hpp"

#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    const auto checked = mortise::host::check_elf(input, "seed");
    FUZZ_EXPECT(checked.ok() || checked.error().code == "plugin_elf_refused");
}
