#pragma once

#include "core/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

struct mortise_plugin_entry_v1;

namespace mortise::host {

// A plugin's shared library, loaded from bytes that were verified: they are put into a sealed memfd and
// loaded from there, so nobody can change them in between. Once loaded it stays for the life of the process:
// threads, exceptions and function objects of it may outlive any unload.
class Library {
 public:
    // Runs the library's constructors, but only if check_elf() has nothing against it (`plugin_elf_refused`).
    // `name` is the plugin's id. The error `plugin_load_failed` says what the loader said; a library of
    // another ABI or with null functions is `plugin_abi_mismatch` or `plugin_entry_invalid`.
    static base::Result<Library> load(std::string_view bytes, const std::string& name);

    const mortise_plugin_entry_v1& entry() const noexcept { return *entry_; }

 private:
    explicit Library(const mortise_plugin_entry_v1& entry) : entry_(&entry) {}
    const mortise_plugin_entry_v1* entry_;
};

}  // namespace mortise::host
