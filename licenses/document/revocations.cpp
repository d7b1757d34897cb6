#include "licenses/document/revocations.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/claim_reader.hpp"
#include "licenses/document/sodium_init.hpp"
#include "licenses/document/strict_json.hpp"

#include <sodium.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kIdSize = sizeof(DocumentId);
constexpr std::size_t kMaxHead = 4 * 1024;  // bytes of the claims before `ids`
constexpr std::string_view kIdsStart = ",\"ids\":\"";
constexpr std::string_view kIdsEnd = "\"}";

// Where an id belongs.
struct Place {
    std::uint64_t hash = 0;

    // By SipHash under a random key, so that no list can be made whose ids fall into the same slots.
    Place(const void* id, const std::array<std::uint8_t, 16>& key) noexcept {
        std::array<unsigned char, crypto_shorthash_BYTES> bytes;
        crypto_shorthash(bytes.data(), static_cast<const unsigned char*>(id), kIdSize, key.data());
        std::memcpy(&hash, bytes.data(), bytes.size());
    }

    // The hash's upper half, spread over `slots` without a division.
    std::size_t slot(std::size_t slots) const noexcept { return (hash >> 32) * slots >> 32; }
    // The lower half chooses a word of the filter, and bits between the two the three bits in it.
    std::size_t word(std::size_t words) const noexcept { return (hash & 0xffffffff) * words >> 32; }
    std::uint64_t bits() const noexcept {
        return 1ULL << (hash >> 12 & 63) | 1ULL << (hash >> 18 & 63) | 1ULL << (hash >> 24 & 63);
    }
};

// Ascending and each once.
bool is_sorted(std::string_view ids) noexcept {
    for (std::size_t at = kIdSize; at < ids.size(); at += kIdSize)
        if (std::memcmp(ids.data() + at - kIdSize, ids.data() + at, kIdSize) >= 0) return false;
    return true;
}

Refusal bad_ids() {
    return {RefusalCode::kBadClaims,
            "Claim ids must be sorted 16-byte ids, each once, as base64url, and the last of the claims."};
}

// The claims before `ids`, which a JSON parser may read letter by letter, and `ids`, which it had better not:
// 21 MB for a million ids. The split is safe because it takes less than JSON, never more: a quote ends a text
// in JSON too, so where `,"ids":"` stands inside a text or deeper in the document, what is left before it is
// no object.
struct Split {
    std::string head;
    std::string_view ids;
};

std::optional<Split> split(std::string_view payload) {
    const std::size_t start = payload.substr(0, kMaxHead).find(kIdsStart);
    if (start == std::string_view::npos || !payload.ends_with(kIdsEnd)) return std::nullopt;
    const std::size_t from = start + kIdsStart.size();
    if (payload.size() < from + kIdsEnd.size()) return std::nullopt;
    return Split{std::string(payload.substr(0, start)) + "}",
                 payload.substr(from, payload.size() - kIdsEnd.size() - from)};
}

}  // namespace

RevocationList::RevocationList(std::string issuer, Seconds issued_at, std::uint64_t sequence,
                               std::vector<DocumentId> ids)
    : issuer_(std::move(issuer)), issued_at_(issued_at), sequence_(sequence) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    if (ids.size() > kMaxRevokedIds) throw std::length_error("more ids than a revocation list may hold");
    make_table({reinterpret_cast<const char*>(ids.data()), ids.size() * kIdSize});
}

void RevocationList::Free::operator()(Slot* slots) const noexcept {
    std::free(slots);
}

// In huge pages if the system gives them: the table is read at random places, and each of its small pages
// would have to be looked up too.
void RevocationList::allocate(std::size_t slots) {
    constexpr std::size_t kHugePage = 2 * 1024 * 1024;
    const std::size_t bytes = slots * sizeof(Slot);
    const std::size_t page = bytes < kHugePage ? 64 : kHugePage;
    const std::size_t rounded = (bytes + page - 1) / page * page;
    table_.reset(static_cast<Slot*>(std::aligned_alloc(page, rounded)));
    if (!table_) throw std::bad_alloc();
    if (page == kHugePage) static_cast<void>(::madvise(table_.get(), rounded, MADV_HUGEPAGE));
    std::fill_n(table_.get(), slots, Slot{});
    slots_ = slots;
}

void RevocationList::insert(const char* id) noexcept {
    const Place place(id, hash_key_);
    filter_[place.word(filter_.size())] |= place.bits();
    Slot wanted;
    std::memcpy(&wanted, id, kIdSize);
    if (wanted == Slot{}) {
        has_zero_ = true;
        return;
    }
    std::size_t slot = place.slot(slots_);
    while (table_[slot] != Slot{})
        slot = slot + 1 == slots_ ? 0 : slot + 1;
    table_[slot] = wanted;
}

void RevocationList::make_table(std::string_view ids) {
    sodium_ready();
    randombytes_buf(hash_key_.data(), hash_key_.size());
    size_ = ids.size() / kIdSize;
    allocate(size_ + size_ / 2 + 1);
    filter_.assign(size_ / 8 + 1, 0);
    constexpr std::size_t kAhead = 16;  // ids whose slots are fetched before they are needed
    for (std::size_t i = 0; i < size_ + kAhead; ++i) {
        if (i < size_)
            __builtin_prefetch(&table_[Place(ids.data() + i * kIdSize, hash_key_).slot(slots_)], 1);
        if (i >= kAhead) insert(ids.data() + (i - kAhead) * kIdSize);
    }
}

bool RevocationList::contains(const DocumentId& id) const noexcept {
    const Place place(id.data(), hash_key_);
    const std::uint64_t bits = place.bits();
    if ((filter_[place.word(filter_.size())] & bits) != bits) return false;
    Slot wanted;
    std::memcpy(&wanted, id.data(), kIdSize);
    if (wanted == Slot{}) return has_zero_;
    std::size_t slot = place.slot(slots_);
    while (table_[slot] != Slot{}) {
        if (table_[slot] == wanted) return true;
        slot = slot + 1 == slots_ ? 0 : slot + 1;
    }
    return false;
}

std::vector<DocumentId> RevocationList::ids() const {
    std::vector<DocumentId> out;
    out.reserve(size_);
    if (has_zero_) out.emplace_back();
    for (std::size_t slot = 0; slot < slots_; ++slot)
        if (table_[slot] != Slot{}) std::memcpy(out.emplace_back().data(), &table_[slot], kIdSize);
    std::sort(out.begin(), out.end());
    return out;
}

std::string encode_revocations(const RevocationList& list) {
    json head = {
        {"iss", list.issuer()}, {"iat", format_time(list.issued_at())}, {"crl_seq", list.sequence()}};
    std::string out = head.dump();
    out.pop_back();  // the brace
    out += kIdsStart;
    const std::vector<DocumentId> ids = list.ids();
    out += base64url_encode({reinterpret_cast<const char*>(ids.data()), ids.size() * kIdSize});
    out += kIdsEnd;
    return out;
}

Result<RevocationList> decode_revocations(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return bad_ids();
    const auto head = parse_strict_json(parts->head);
    if (!head.ok()) return head.refusal();
    ClaimReader reader(*head);
    if (!reader.texts("crit", 16).empty())
        return Refusal{
            RefusalCode::kUnknownCritical,
            "The revocation list depends on a claim that this version does not know. Update first."};
    RevocationList out;
    out.issuer_ = reader.text("iss");
    out.issued_at_ = reader.time("iat").value_or(0);
    out.sequence_ = reader.number("crl_seq", kMaxNumber);
    if (reader.has("ids")) return bad_ids();
    if (reader.refusal()) return *reader.refusal();
    auto ids = base64url_decode(parts->ids);
    if (!ids || ids->size() % kIdSize != 0 || !is_sorted(*ids)) return bad_ids();
    out.make_table(*ids);
    return out;
}

}  // namespace mortise::licenses
