#pragma once

#include "core/flags/arena.hpp"
#include "core/flags/cbor.hpp"
#include "core/flags/program.hpp"
#include "core/flags/value.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace mortise::flags {

// What is hashed to put somebody into a bucket of a flag, in the arena's memory; nothing if that is too
// small.
inline std::optional<std::string_view> bucketing_text(FractionalVersion version, std::string_view flag,
                                                      std::string_view who, Arena& arena) noexcept {
    if (version == FractionalVersion::kV3) {
        const std::array<Value, 2> keys{Value::string(flag), Value::string(who)};
        return encode_cbor(Value::array(keys), arena);
    }
    char* const text = arena.allocate<char>(flag.size() + who.size());
    if (text == nullptr) return std::nullopt;
    if (!flag.empty()) std::memcpy(text, flag.data(), flag.size());
    if (!who.empty()) std::memcpy(text + flag.size(), who.data(), who.size());
    return std::string_view(text, flag.size() + who.size());
}

}  // namespace mortise::flags
