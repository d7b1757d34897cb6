#include "licenses/document/keyset.hpp"

#include "licenses/document/claim_reader.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/strict_json.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxKeys = 256;

constexpr std::array kStatuses = {std::pair{KeyStatus::kActive, "active"},
                                  std::pair{KeyStatus::kRetired, "retired"},
                                  std::pair{KeyStatus::kCompromised, "compromised"}};

const char* status_name(KeyStatus status) noexcept {
    const auto* row =
        std::find_if(kStatuses.begin(), kStatuses.end(), [&](const auto& r) { return r.first == status; });
    return row->second;
}

KeyStatus read_status(ClaimReader& reader) {
    const std::string text = reader.text("status");
    const auto* row =
        std::find_if(kStatuses.begin(), kStatuses.end(), [&](const auto& r) { return text == r.second; });
    if (row != kStatuses.end()) return row->first;
    reader.fail("status", "must be active, retired or compromised");
    return KeyStatus::kCompromised;
}

Result<KeysetKey> read_key(const json& value) {
    ClaimReader reader(value);
    KeysetKey out;
    const auto key = public_key_from_paserk(reader.text("pub"));
    if (!key.ok())
        reader.fail("pub", "must be a k4.public key");
    else if (out.id = key_id(*key); out.id != reader.text("kid"))
        reader.fail("kid", "is not the id of pub");
    out.uses = reader.texts("use", 16);
    out.status = read_status(reader);
    const bool retired = out.status == KeyStatus::kRetired;
    out.retired_at = reader.time("retired_at", retired);
    if (out.retired_at && !retired) reader.fail("retired_at", "belongs to retired keys");
    if (reader.refusal()) return *reader.refusal();
    out.key = *key;
    return out;
}

std::optional<Refusal> read_keys(const json& claims, std::vector<KeysetKey>& out) {
    const auto* keys = claims.contains("keys") ? claims.at("keys").get_ptr<const json::array_t*>() : nullptr;
    if (keys == nullptr || keys->empty() || keys->size() > kMaxKeys)
        return Refusal{RefusalCode::kBadClaims, "Claim keys must be a list of 1 to 256 keys."};
    for (const json& value : *keys) {
        auto key = read_key(value);
        if (!key.ok()) return std::move(key).refusal();
        if (std::any_of(out.begin(), out.end(), [&](const KeysetKey& k) { return k.key == key->key; }))
            return Refusal{RefusalCode::kBadClaims, "Claim keys holds a key twice."};
        out.push_back(std::move(key).value());
    }
    return std::nullopt;
}

}  // namespace

bool KeysetKey::allows(std::string_view use) const noexcept {
    return std::find(uses.begin(), uses.end(), use) != uses.end();
}

const KeysetKey* Keyset::find(std::string_view kid) const {
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeysetKey& k) {
        return k.id.empty() ? key_id(k.key) == kid : k.id == kid;
    });
    return found == keys.end() ? nullptr : &*found;
}

bool is_trusted(const Keyset& keyset, std::string_view kid) {
    if (kid.empty()) return true;
    const KeysetKey* key = keyset.find(kid);
    return key != nullptr && key->status != KeyStatus::kCompromised;
}

std::string encode_keyset(const Keyset& keyset) {
    json keys = json::array();
    for (const KeysetKey& key : keyset.keys) {
        json value = {{"kid", key_id(key.key)},
                      {"pub", to_paserk(key.key)},
                      {"use", key.uses},
                      {"status", status_name(key.status)}};
        if (key.retired_at) value["retired_at"] = format_time(*key.retired_at);
        keys.push_back(std::move(value));
    }
    return json{{"iss", keyset.issuer},
                {"iat", format_time(keyset.issued_at)},
                {"ks_seq", keyset.sequence},
                {"keys", std::move(keys)}}
        .dump();
}

Result<Keyset> decode_keyset(std::string_view text) {
    auto parsed = parse_strict_json(text);
    if (!parsed.ok()) return std::move(parsed).refusal();
    ClaimReader reader(*parsed);
    if (!reader.texts("crit", 16).empty())
        return Refusal{RefusalCode::kUnknownCritical,
                       "The keyset depends on a claim that this version does not know. Update first."};
    Keyset out;
    out.issuer = reader.text("iss");
    out.issued_at = reader.time("iat").value_or(0);
    out.sequence = reader.number("ks_seq", kMaxNumber);
    if (reader.refusal()) return *reader.refusal();
    if (auto refusal = read_keys(*parsed, out.keys)) return *refusal;
    return out;
}

}  // namespace mortise::licenses
