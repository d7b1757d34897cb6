#pragma once

#include <cstddef>

namespace mortise::base {

// Fills `size` bytes from the kernel's random generator (getrandom(2)), through a small buffer for each
// thread. Good enough for ids and tokens; keys are made in crypto/. Aborts if the kernel has no randomness.
void fill_random(void* out, std::size_t size) noexcept;

}  // namespace mortise::base
