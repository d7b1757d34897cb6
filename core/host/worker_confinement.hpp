#pragma once

#include <cstdint>

namespace mortise::host {

// The version of Landlock in this kernel; 0: there is none.
int landlock_version() noexcept;

// Takes from this process what a plugin does not need: environment, descriptors above those it was started
// with, root's identity, new privileges, core dumps, files to write, memory beyond `memory_bytes`, and with
// Landlock every file but the system's libraries and time zones, TCP, and signals to others. Nothing of it
// can be taken back. Called once, before anything of a plugin is loaded, on the only thread. False if a step
// that every kernel has fails.
bool confine(std::uint64_t memory_bytes, std::uint64_t library_bytes) noexcept;

}  // namespace mortise::host
