#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::licenses {

// The id of a licence or activation as a revocation list names it.
using DocumentId = std::array<std::uint8_t, 16>;

// A UUID in its canonical form (36 characters, lower case) is its 16 bytes; of any other text it is the first
// 16 bytes of its BLAKE2b-256.
DocumentId document_id(std::string_view text) noexcept;

// The 36-character form.
std::string to_uuid_text(const DocumentId& id);
// nullopt for everything but the canonical form.
std::optional<DocumentId> parse_uuid(std::string_view text) noexcept;

}  // namespace mortise::licenses
