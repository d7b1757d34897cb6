// What checking and signing licences costs, without a server:
//     licence_check
// Prints: libsodium's bare Ed25519 verify and the cold check of a licence token (its decoding, signature and
// claims) in nanoseconds, medians of runs that alternate; licences encoded and signed in a second; a list of
// 1,000,000 revoked ids: milliseconds to verify and decode its token, nanoseconds to ask for an id that is in
// it, and for one that isn't.
#include "licenses/document/document_id.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/document/revocations.hpp"
#include "licenses/document/test_chain.hpp"
#include "licenses/document/verify.hpp"
#include "tests/bench/timing.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace mortise::licenses;
using mortise::licenses::testing::kNow;
using mortise::licenses::testing::TestChain;

constexpr std::size_t kRevoked = 1'000'000;

void need(bool good, const char* what) {
    if (!good) throw std::runtime_error(what);
}

// A bare verify of a message as long as the token's payload.
class BareVerify {
 public:
    explicit BareVerify(std::size_t size) : message_(size, 'm') {
        need(crypto_sign_keypair(public_.data(), secret_.data()) == 0, "no key");
        const auto* text = reinterpret_cast<const unsigned char*>(message_.data());
        crypto_sign_detached(signature_.data(), nullptr, text, size, secret_.data());
    }
    void operator()() const {
        const auto* text = reinterpret_cast<const unsigned char*>(message_.data());
        need(crypto_sign_verify_detached(signature_.data(), text, message_.size(), public_.data()) == 0,
             "a good signature was refused");
    }

 private:
    std::string message_;
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_{};
    std::array<unsigned char, crypto_sign_BYTES> signature_{};
};

void check_and_sign() {
    TestChain chain;
    const std::string token = chain.licence_token();
    const BareVerify bare(token.size());
    const auto check = [&] {
        need(verify_licence_token(token, chain.keyset, kNow).ok(), "a good licence was refused");
    };
    std::vector<double> verifies, checks;
    for (int round = 0; round < 5; ++round) {
        verifies.push_back(mortise::bench::median_ns(2000, bare));
        checks.push_back(mortise::bench::median_ns(2000, check));
    }
    std::sort(verifies.begin(), verifies.end());
    std::sort(checks.begin(), checks.end());
    const double signing = mortise::bench::least_mean_ns(5000, [&] {
        ++chain.licence.sequence;
        need(!chain.licence_token().empty(), "nothing was signed");
    });
    std::printf("%.0f %.0f %.0f ", verifies[2], checks[2], 1e9 / signing);
}

DocumentId random_id() {
    DocumentId id;
    randombytes_buf(&id, sizeof(id));
    return id;
}

void ask_revocations() {
    std::vector<DocumentId> ids(kRevoked), others(kRevoked);
    for (std::size_t i = 0; i < kRevoked; ++i) {
        ids[i] = random_id();
        others[i] = random_id();
    }
    const TestChain chain;
    const std::string token = sign_revocations(RevocationList("Tenon Ltd", kNow, 1, ids), chain.signer);
    std::array<double, 5> times{};
    for (double& time : times) {
        const auto begin = std::chrono::steady_clock::now();
        need(verify_revocations(token, chain.keyset, kNow).ok(), "a good list was refused");
        time = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    }
    std::sort(times.begin(), times.end());
    const auto list = verify_revocations(token, chain.keyset, kNow);
    std::size_t next = 0, found = 0;
    const auto ask = [&](const std::vector<DocumentId>& which) {
        return mortise::bench::least_mean_ns(
            500'000, [&] { found += list->contains(which[next++ * 7919 % kRevoked]) ? 1U : 0U; });
    };
    const double hit = ask(ids);
    need(found == next, "a revoked id was not found");
    found = 0;
    const double miss = ask(others);
    need(found == 0, "an id was found that is not revoked");
    std::printf("%.1f %.0f %.0f\n", times[2], hit, miss);
}

}  // namespace

int main() {
    try {
        need(sodium_init() >= 0, "no libsodium");
        check_and_sign();
        ask_revocations();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "licence_check: %s\n", error.what());
        return 1;
    }
}
