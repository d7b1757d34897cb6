#include "licenses/issuer/licence_id.hpp"

#include "licenses/document/document_id.hpp"
#include "licenses/issuer/failure.hpp"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <cstdint>

namespace mortise::issuer {

std::string new_licence_id() {
    using namespace std::chrono;
    licenses::DocumentId bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw Failure("io_error", "The system gives no random numbers.");
    const auto ms = static_cast<std::uint64_t>(
        duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
    for (std::size_t i = 0; i < 6; ++i)
        bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return licenses::to_uuid_text(bytes);
}

}  // namespace mortise::issuer
