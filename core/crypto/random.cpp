#include "core/crypto/random.hpp"

#include "core/base/text.hpp"
#include "core/crypto/init.hpp"

#include <sodium.h>

namespace mortise::crypto {

std::string random_bytes(std::size_t size) {
    init();
    std::string out(size, '\0');
    randombytes_buf(out.data(), out.size());
    return out;
}

std::string random_token(std::string_view prefix, std::size_t size) {
    return std::string(prefix) + base::base64url_encode(random_bytes(size));
}

}  // namespace mortise::crypto
