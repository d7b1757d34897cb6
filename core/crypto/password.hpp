#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace mortise::crypto {

// Cost of Argon2id (RFC 9106), one lane. The default is OWASP's least advisable; more is a matter of
// configuration.
struct PasswordCost {
    std::uint32_t passes = 2;
    std::uint32_t memory_kib = 19456;  // at least 19456: less throws std::invalid_argument
};

// A new PHC string ("$argon2id$v=19$m=…,t=…,p=1$salt$hash"), at most 127 characters. Throws std::bad_alloc if
// the memory can't be had. Blocks for tens of milliseconds: in the server, go through PasswordHasher.
std::string hash_password(std::string_view password, PasswordCost cost = {});

// Whether `password` is the one behind `phc`; false also for a text that is no PHC string. Compares in
// constant time.
bool verify_password(std::string_view phc, std::string_view password);

// Whether `phc` was made with another cost than this, or is not readable.
bool needs_rehash(std::string_view phc, PasswordCost cost = {});

// The server's door to the functions above: at most `slots` run at a time, so that a storm of logins can take
// neither all processors nor all memory. Who waits longer than `patience` gets kUnavailable `busy`.
// Thread-safe.
class PasswordHasher {
 public:
    // Hashes one password for verify_dummy(); `slots` is at least 1.
    PasswordHasher(PasswordCost cost, std::size_t slots, std::chrono::milliseconds patience);

    base::Result<std::string> hash(std::string_view password);
    base::Result<bool> verify(std::string_view phc, std::string_view password);
    // For a user who doesn't exist: costs the same time as verify(), so that the answer's time tells nothing.
    base::Status verify_dummy(std::string_view password);
    bool needs_rehash(std::string_view phc) const { return crypto::needs_rehash(phc, cost_); }

 private:
    class Slot;
    base::Status acquire();
    void release() noexcept;

    const PasswordCost cost_;
    const std::chrono::milliseconds patience_;
    const std::string dummy_phc_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t free_slots_;  // under mutex_
};

}  // namespace mortise::crypto
