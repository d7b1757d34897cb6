#include "licenses/document/fingerprint.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/claim_reader.hpp"
#include "licenses/document/sodium_init.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kHashSize = 32;

constexpr std::array kRules = {std::pair{MatchRule::kAny, "any"}, std::pair{MatchRule::kTwo, "two"},
                               std::pair{MatchRule::kMost, "most"}, std::pair{MatchRule::kAll, "all"}};

// BLAKE2b keyed with the salt, over the source's name, a NUL and the value: equal values of two sources
// differ.
std::string hash_value(const Fingerprint& fingerprint, std::string_view source, std::string_view value) {
    std::string input(source);
    input += '\0';
    input += value;
    std::string out(kHashSize, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(), sodium_bytes(input),
                       input.size(), fingerprint.salt.data(), fingerprint.salt.size());
    return out;
}

std::vector<std::string> hash_values(const Fingerprint& fingerprint, std::string_view source,
                                     const std::vector<std::string>& values) {
    std::vector<std::string> out;
    for (const std::string& value : values)
        if (!value.empty() && out.size() < kMaxValuesOfSource)
            out.push_back(hash_value(fingerprint, source, value));
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

// An installation's salt hides as much as a random one: its id is random, and no two have the same.
void set_salt(Fingerprint& out, const MachineIds& machine) {
    const auto installation = machine.find("installation");
    if (installation == machine.end() || installation->second.empty())
        return randombytes_buf(out.salt.data(), out.salt.size());
    constexpr std::string_view kPurpose = "mortise fingerprint salt";
    const std::string& id = installation->second.front();
    crypto_generichash(out.salt.data(), out.salt.size(), sodium_bytes(id), id.size(), sodium_bytes(kPurpose),
                       kPurpose.size());
}

bool enough(const Binding& binding, std::size_t count) {
    const std::size_t all = binding.fingerprint.ids.size();
    switch (binding.rule) {
        case MatchRule::kAny:
            return count >= 1;
        case MatchRule::kTwo:
            return count >= 2;
        case MatchRule::kMost:
            return count * 2 > all;
        case MatchRule::kAll:
            return count == all;
    }
    return false;
}

bool have_common(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    return std::find_first_of(one.begin(), one.end(), other.begin(), other.end()) != one.end();
}

void read_ids(ClaimReader& reader, Fingerprint& out) {
    reader.members("ids", kMaxSources, [&](const std::string& source, const json& value) {
        if (!is_name(source) || !value.is_array() || value.empty() || value.size() > kMaxValuesOfSource)
            return reader.fail("ids", "must map names of sources to lists of 1 to 16 hashes");
        std::vector<std::string>& hashes = out.ids[source];
        for (const json& item : value) {
            auto hash =
                item.is_string() ? base64url_decode(item.get_ref<const std::string&>()) : std::nullopt;
            if (!hash || hash->size() != kHashSize) return reader.fail("ids", "holds what is no hash");
            hashes.push_back(*std::move(hash));
        }
        std::sort(hashes.begin(), hashes.end());
        if (std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end())
            reader.fail("ids", "holds a hash twice");
    });
    if (out.ids.empty()) reader.fail("ids", "must name a source");
}

void read_salt_and_ids(ClaimReader& reader, Fingerprint& out) {
    const std::string salt = reader.bytes("salt", out.salt.size());
    std::copy(salt.begin(), salt.end(), out.salt.begin());
    read_ids(reader, out);
}

Refusal wrong_fp(const Refusal& refusal) {
    return {RefusalCode::kBadClaims, "Claim fp is wrong: " + refusal.detail};
}

}  // namespace

Fingerprint make_fingerprint(const MachineIds& machine) {
    sodium_ready();
    Fingerprint out;
    set_salt(out, machine);
    for (const auto& [source, values] : machine) {
        if (out.ids.size() == kMaxSources) break;
        auto hashes = hash_values(out, source, values);
        if (!hashes.empty()) out.ids[source] = std::move(hashes);
    }
    return out;
}

std::string_view to_string(MatchRule rule) noexcept {
    for (const auto& [value, name] : kRules)
        if (value == rule) return name;
    return "unknown";
}

std::optional<MatchRule> parse_match_rule(std::string_view text) noexcept {
    for (const auto& [value, name] : kRules)
        if (text == name) return value;
    return std::nullopt;
}

std::size_t matching_sources(const Fingerprint& fingerprint, const MachineIds& machine) {
    sodium_ready();
    std::size_t count = 0;
    for (const auto& [source, hashes] : fingerprint.ids) {
        const auto values = machine.find(source);
        if (values == machine.end()) continue;
        if (have_common(hash_values(fingerprint, source, values->second), hashes)) ++count;
    }
    return count;
}

bool matches(const Binding& binding, const MachineIds& machine) {
    if (binding.by_activation || binding.fingerprint.ids.empty()) return false;
    return enough(binding, matching_sources(binding.fingerprint, machine));
}

bool same_machine(const Binding& held, const Fingerprint& asked) {
    if (held.by_activation || held.fingerprint.ids.empty() || held.fingerprint.salt != asked.salt)
        return false;
    std::size_t count = 0;
    for (const auto& [source, hashes] : held.fingerprint.ids) {
        const auto other = asked.ids.find(source);
        if (other != asked.ids.end() && have_common(hashes, other->second)) ++count;
    }
    return enough(held, count);
}

json fingerprint_json(const Fingerprint& fingerprint) {
    json ids = json::object();
    for (const auto& [source, hashes] : fingerprint.ids)
        for (const std::string& hash : hashes)
            ids[source].push_back(base64url_encode(hash));
    const std::string_view salt(reinterpret_cast<const char*>(fingerprint.salt.data()),
                                fingerprint.salt.size());
    return {{"salt", base64url_encode(salt)}, {"ids", std::move(ids)}};
}

json binding_json(const Binding& binding) {
    if (binding.by_activation) return {{"rule", "activation"}};
    json out = fingerprint_json(binding.fingerprint);
    out["rule"] = to_string(binding.rule);
    return out;
}

Result<Fingerprint> read_fingerprint(const json& value) {
    ClaimReader reader(value);
    reader.only({"salt", "ids"});
    Fingerprint out;
    read_salt_and_ids(reader, out);
    if (reader.refusal()) return wrong_fp(*reader.refusal());
    return out;
}

Result<Binding> read_binding(const json& value) {
    ClaimReader reader(value);
    const std::string rule = reader.text("rule");
    Binding out;
    out.by_activation = rule == "activation";
    if (out.by_activation) {
        reader.only({"rule"});
    } else {
        reader.only({"rule", "salt", "ids"});
        const auto known = parse_match_rule(rule);
        if (!known) reader.fail("rule", "must be any, two, most, all or activation");
        out.rule = known.value_or(MatchRule::kAll);
        read_salt_and_ids(reader, out.fingerprint);
        if (out.rule == MatchRule::kTwo && out.fingerprint.ids.size() < 2)
            reader.fail("rule", "is two, and ids names fewer sources");
    }
    if (reader.refusal()) return wrong_fp(*reader.refusal());
    return out;
}

}  // namespace mortise::licenses
