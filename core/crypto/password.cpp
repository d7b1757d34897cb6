#include "core/crypto/password.hpp"

#include "core/crypto/init.hpp"
#include "core/crypto/random.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

namespace mortise::crypto {
namespace {

constexpr std::uint32_t kLeastMemoryKib = 19456;

using PhcBuffer = std::array<char, crypto_pwhash_STRBYTES>;

// libsodium wants the string with its NUL in a buffer of this size.
bool to_buffer(std::string_view phc, PhcBuffer& out) noexcept {
    if (phc.size() >= out.size() || phc.find('\0') != std::string_view::npos) return false;
    out.fill('\0');
    std::copy(phc.begin(), phc.end(), out.begin());
    return true;
}

std::size_t memory_bytes(PasswordCost cost) noexcept {
    return std::size_t{cost.memory_kib} * 1024;
}

base::Error busy() {
    return {base::ErrorKind::kUnavailable,
            "busy",
            "Too many sign-ins are being checked at the moment. Try again shortly.",
            "all password slots were taken",
            {},
            1};
}

}  // namespace

std::string hash_password(std::string_view password, PasswordCost cost) {
    if (cost.memory_kib < kLeastMemoryKib || cost.passes < 1)
        throw std::invalid_argument("password cost below the least that is allowed");
    init();
    PhcBuffer out;
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes, memory_bytes(cost),
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return std::string(out.data());
}

bool verify_password(std::string_view phc, std::string_view password) {
    init();
    PhcBuffer buffer;
    return to_buffer(phc, buffer) &&
           crypto_pwhash_str_verify(buffer.data(), password.data(), password.size()) == 0;
}

bool needs_rehash(std::string_view phc, PasswordCost cost) {
    init();
    PhcBuffer buffer;
    return !to_buffer(phc, buffer) ||
           crypto_pwhash_str_needs_rehash(buffer.data(), cost.passes, memory_bytes(cost)) != 0;
}

// Gives its slot back when it goes out of scope.
class PasswordHasher::Slot {
 public:
    explicit Slot(PasswordHasher& hasher) noexcept : hasher_(hasher) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() { hasher_.release(); }

 private:
    PasswordHasher& hasher_;
};

PasswordHasher::PasswordHasher(PasswordCost cost, std::size_t slots, std::chrono::milliseconds patience)
    : cost_(cost),
      patience_(patience),
      dummy_phc_(hash_password(random_bytes(16), cost)),
      free_slots_(std::max<std::size_t>(slots, 1)) {}

base::Status PasswordHasher::acquire() {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, patience_, [this] { return free_slots_ > 0; })) return busy();
    --free_slots_;
    return {};
}

void PasswordHasher::release() noexcept {
    {
        const std::lock_guard lock(mutex_);
        ++free_slots_;
    }
    freed_.notify_one();
}

base::Result<std::string> PasswordHasher::hash(std::string_view password) {
    MORTISE_TRY(acquire());
    const Slot slot(*this);
    return hash_password(password, cost_);
}

base::Result<bool> PasswordHasher::verify(std::string_view phc, std::string_view password) {
    MORTISE_TRY(acquire());
    const Slot slot(*this);
    return verify_password(phc, password);
}

base::Status PasswordHasher::verify_dummy(std::string_view password) {
    MORTISE_TRY(acquire());
    const Slot slot(*this);
    verify_password(dummy_phc_, password);
    return {};
}

}  // namespace mortise::crypto
