#pragma once

#include <string>

namespace mortise::issuer {

// A new UUIDv7 (RFC 9562, 5.7) in its 36-character form, for the claim jti.
std::string new_licence_id();

}  // namespace mortise::issuer
