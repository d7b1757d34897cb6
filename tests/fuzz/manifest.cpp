// manifest.toml, which is read before the package's signature is checked.
#include "core/host/manifest.hpp"

#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    const auto manifest = mortise::host::parse_manifest(input, "manifest.toml");
    if (!manifest.ok()) return;
    FUZZ_EXPECT(mortise::host::is_plugin_id(manifest->id));
    for (const auto& scope : manifest->scopes)
        FUZZ_EXPECT(scope.name.starts_with(manifest->id + ":"));
}
