#pragma once

namespace mortise::crypto {

// Makes libsodium ready; the functions of this room that need it call it themselves. Thread-safe, cheap when
// called again. Aborts the process if the machine has no source of randomness, since nothing safe can follow.
void init() noexcept;

}  // namespace mortise::crypto
