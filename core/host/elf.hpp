#pragma once

#include "core/base/result.hpp"

#include <string_view>

namespace mortise::host {

// Reads a plugin's shared library before the loader does, with everything that the loader would act upon
// before the plugin's own code runs (gABI, chapters 4 and 5; glibc's elf/dl-load.c). `id` is the plugin's.
// What passes
//
//  - is an ELF64 shared object for this machine, whose segments lie in the file, apart from each other, none
//    of them writable and executable, without an interpreter and without an executable stack;
//  - needs system libraries of a fixed list only, by bare name, and says nowhere that they or an audit or
//    filter library be searched elsewhere: constructors of a dependency would run from files that nobody
//    verified;
//  - has no relocations in its code, and no name that could stand in for a system library's;
//  - exports one symbol, the object mortise_plugin_entry: a GNU-unique one would be every plugin's, despite
//    RTLD_LOCAL.
//
// The error `plugin_elf_refused` names the plugin and what is wrong. No I/O; any bytes will do.
base::Status check_elf(std::string_view bytes, std::string_view id);

}  // namespace mortise::host
