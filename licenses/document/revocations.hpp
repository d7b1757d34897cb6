#pragma once

#include "licenses/document/document_id.hpp"
#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::licenses {

inline constexpr std::string_view kRevocationsType = "crl/v1";
inline constexpr std::size_t kMaxRevocationsBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxRevokedIds = 2'350'000;  // what fits, base64url twice

// A revocation list: ids of licences and of activations, which count no longer. An id means that licence
// alone, not those that followed it: after a downgrade the first of a line is refused and the next one
// counts. The payload is {"crl_seq":…,"iat":"…","iss":"…","ids":"…"}: `ids` is the last member, without white
// space around it, and holds the ids, 16 bytes each, sorted and each once, as one base64url text.
//
// Immutable once it was verified; any number of threads may ask. Takes 25 bytes for each id.
class RevocationList {
 public:
    // `ids` need not be sorted, and may hold an id twice. Throws std::length_error beyond kMaxRevokedIds.
    RevocationList(std::string issuer, Seconds issued_at, std::uint64_t sequence,
                   std::vector<DocumentId> ids);

    const std::string& issuer() const noexcept { return issuer_; }
    Seconds issued_at() const noexcept { return issued_at_; }
    std::uint64_t sequence() const noexcept { return sequence_; }  // crl_seq: only rises
    std::size_t size() const noexcept { return size_; }
    // The kid of the key that signed it, as verify_revocations() sets it; "": not verified.
    const std::string& signed_by() const noexcept { return signed_by_; }
    void set_signed_by(std::string kid) noexcept { signed_by_ = std::move(kid); }

    // Allocates nothing. For an id that isn't in the list it mostly touches one place of a small table, for
    // one that is in it one more place of the large one: at worst the time that memory takes to answer.
    bool contains(const DocumentId& id) const noexcept;
    // By document_id().
    bool contains(std::string_view id) const noexcept { return contains(document_id(id)); }

    // For the issuer: all ids, ascending.
    std::vector<DocumentId> ids() const;

 private:
    friend Result<RevocationList> decode_revocations(std::string_view);
    RevocationList() = default;
    // An id as two numbers; both zero: an empty slot.
    struct Slot {
        std::uint64_t first, second;
        bool operator==(const Slot&) const = default;
    };
    struct Free {
        void operator()(Slot* slots) const noexcept;
    };
    // `ids`: 16 bytes each, each once.
    void make_table(std::string_view ids);
    void allocate(std::size_t slots);
    void insert(const char* id) noexcept;

    std::string issuer_, signed_by_;
    Seconds issued_at_ = 0;
    std::uint64_t sequence_ = 0;
    std::size_t size_ = 0;
    // The ids in a hash table with open addressing. In front of it a Bloom filter of a byte for each id,
    // which fits into a cache where the table doesn't.
    std::unique_ptr<Slot[], Free> table_;
    std::size_t slots_ = 0;
    std::vector<std::uint64_t> filter_;
    bool has_zero_ = false;  // the id that looks like an empty slot
    std::array<std::uint8_t, 16> hash_key_{};
};

std::string encode_revocations(const RevocationList& list);
Result<RevocationList> decode_revocations(std::string_view json);

}  // namespace mortise::licenses
