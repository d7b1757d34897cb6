#pragma once

namespace mortise::licenses {

// Makes libsodium ready (internal to this library). Thread-safe; aborts if the machine has no randomness.
void sodium_ready() noexcept;

}  // namespace mortise::licenses
