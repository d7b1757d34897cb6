#include "licenses/issuer/key_table.hpp"

#include "licenses/document/paserk.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/output.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

using licenses::KeyStatus;

std::string join(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts)
        out += (out.empty() ? "" : " ") + text;
    return out;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> out;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t space = std::min(text.find(' ', at), text.size());
        out.push_back(text.substr(at, space - at));
        at = space + 1;
    }
    return out;
}

KeyStatus status_of(std::string_view text) {
    if (text == "active") return KeyStatus::kActive;
    return text == "retired" ? KeyStatus::kRetired : KeyStatus::kCompromised;
}

std::optional<SignedToken> newest(Ledger& ledger, const std::string& table) {
    Statement select =
        ledger.database().prepare("SELECT sequence, token FROM " + table + " ORDER BY sequence DESC LIMIT 1");
    if (!select.step()) return std::nullopt;
    return SignedToken{static_cast<std::uint64_t>(select.number(0)), select.text(1)};
}

std::uint64_t least_of(Ledger& ledger, std::string_view meta) {
    const std::string text = ledger.meta(meta);
    std::uint64_t least = 0;
    std::from_chars(text.data(), text.data() + text.size(), least);
    return least;
}

std::uint64_t highest(Ledger& ledger, const std::string& table) {
    Statement select = ledger.database().prepare("SELECT coalesce(max(sequence), 0) FROM " + table);
    return select.step() ? static_cast<std::uint64_t>(select.number(0)) : 0;
}

}  // namespace

std::string_view to_string(KeyStatus status) noexcept {
    switch (status) {
        case KeyStatus::kActive:
            return "active";
        case KeyStatus::kRetired:
            return "retired";
        case KeyStatus::kCompromised:
            return "compromised";
    }
    return "compromised";
}

std::vector<RootRow> KeyTable::roots() {
    std::vector<RootRow> out;
    Statement select = ledger_.database().prepare("SELECT id, public, rotation FROM root ORDER BY position");
    while (select.step())
        out.push_back(
            {select.text(0), take(licenses::public_key_from_paserk(select.text(1))), select.text(2)});
    return out;
}

void KeyTable::add_root(const licenses::PublicKey& key, std::string_view rotation) {
    const std::string id = licenses::key_id(key);
    ledger_.database()
        .prepare("INSERT INTO root (id, public, rotation, since) VALUES (?1, ?2, ?3, ?4)")
        .with(id, licenses::to_paserk(key), rotation, ledger_.now())
        .run();
    ledger_.audit(rotation.empty() ? "root.added" : "root.rotated", id);
}

std::vector<licenses::KeysetKey> KeyTable::signing_keys() {
    std::vector<licenses::KeysetKey> out;
    Statement select = ledger_.database().prepare(
        "SELECT public, uses, status, retired_at, id FROM signing_key ORDER BY added_at, id");
    while (select.step())
        out.push_back({take(licenses::public_key_from_paserk(select.text(0))), split(select.text(1)),
                       status_of(select.text(2)), select.optional_number(3), select.text(4)});
    return out;
}

void KeyTable::add_signing_key(const licenses::KeysetKey& key, std::string_view action) {
    const std::string id = licenses::key_id(key.key);
    ledger_.database()
        .prepare(
            "INSERT INTO signing_key (id, public, uses, status, added_at, retired_at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .with(id, licenses::to_paserk(key.key), join(key.uses), to_string(key.status), ledger_.now(),
              key.retired_at)
        .run();
    ledger_.audit(action, id, to_text({{"uses", key.uses}}));
}

void KeyTable::set_key_status(std::string_view id, KeyStatus status, std::string_view reason) {
    Statement find = ledger_.database().prepare("SELECT status FROM signing_key WHERE id = ?1");
    if (!find.with(id).step()) throw Failure("unknown_key", "The ledger has no key " + std::string(id) + ".");
    find.reset();
    std::optional<std::int64_t> retired_at;
    if (status == KeyStatus::kRetired) retired_at = ledger_.now();
    ledger_.database()
        .prepare("UPDATE signing_key SET status = ?2, retired_at = ?3 WHERE id = ?1")
        .with(id, to_string(status), retired_at)
        .run();
    ledger_.audit("key." + std::string(to_string(status)), id, to_text({{"reason", reason}}));
}

std::optional<SignedToken> KeyTable::newest_keyset() {
    return newest(ledger_, "keyset");
}

void KeyTable::add_keyset(std::uint64_t sequence, std::string_view token) {
    ledger_.database()
        .prepare("INSERT INTO keyset (sequence, token, issued_at) VALUES (?1, ?2, ?3)")
        .with(static_cast<std::int64_t>(sequence), token, ledger_.now())
        .run();
    ledger_.audit("keyset.published", std::to_string(sequence), to_text({{"digest", digest(token)}}));
}

// The next one, or where a restored ledger goes on.
std::uint64_t KeyTable::next_keyset_sequence() {
    return std::max(highest(ledger_, "keyset") + 1, least_of(ledger_, "keysets_from"));
}

std::uint64_t KeyTable::next_revocations_sequence() {
    return std::max(newest_revocations_sequence() + 1, least_of(ledger_, "lists_from"));
}

std::optional<SignedToken> KeyTable::newest_revocations() {
    return newest(ledger_, "revocation_list");
}

std::uint64_t KeyTable::newest_revocations_sequence() {
    return highest(ledger_, "revocation_list");
}

void KeyTable::add_revocations(std::uint64_t sequence, std::string_view token, std::size_t ids) {
    ledger_.database().run("UPDATE revocation_list SET token = NULL");
    ledger_.database()
        .prepare("INSERT INTO revocation_list (sequence, token, ids, issued_at) VALUES (?1, ?2, ?3, ?4)")
        .with(static_cast<std::int64_t>(sequence), token, static_cast<std::int64_t>(ids), ledger_.now())
        .run();
    ledger_.audit("crl.published", std::to_string(sequence),
                  to_text({{"ids", ids}, {"digest", digest(token)}}));
}

std::string KeyTable::root_signature(std::uint64_t sequence) {
    Statement find = ledger_.database().prepare("SELECT payload FROM root_signature WHERE sequence = ?1");
    return find.with(static_cast<std::int64_t>(sequence)).step() ? find.text(0) : std::string();
}

std::uint64_t KeyTable::newest_root_signature() {
    return highest(ledger_, "root_signature");
}

void KeyTable::add_root_signature(std::uint64_t sequence, std::string_view payload) {
    ledger_.database()
        .prepare("INSERT INTO root_signature (sequence, payload, signed_at) VALUES (?1, ?2, ?3)")
        .with(static_cast<std::int64_t>(sequence), payload, ledger_.now())
        .run();
    ledger_.audit("root.signed", std::to_string(sequence), to_text({{"digest", digest(payload)}}));
}

}  // namespace mortise::issuer
