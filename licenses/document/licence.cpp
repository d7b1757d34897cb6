#include "licenses/document/licence.hpp"

#include "licenses/document/claim_reader.hpp"
#include "licenses/document/strict_json.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxNames = 256;
constexpr std::uint64_t kMaxNumber = (1ULL << 53) - 1;  // what every JSON reader keeps exactly

constexpr std::array kModels = {std::pair{Model::kSubscription, "subscription"},
                                std::pair{Model::kTrial, "trial"}, std::pair{Model::kPerpetual, "perpetual"}};

constexpr std::array<std::string_view, 18> kKnownClaims = {
    "iss",  "sub",      "aud",     "jti",      "iat",    "nbf",     "exp",     "lic_ver",   "lic_seq",
    "plan", "products", "plugins", "features", "limits", "overage", "grace_s", "lic_model", "maint_until"};

// They narrow where or how long a licence counts; to overlook one would grant more than was sold.
constexpr std::array kUnenforcedClaims = {"fp", "refresh_by", "crl_seq_min"};

std::vector<std::string> read_names(ClaimReader& reader, const char* claim) {
    auto names = reader.texts(claim, kMaxNames);
    if (!std::all_of(names.begin(), names.end(), [](const auto& name) { return is_name(name); }))
        reader.fail(claim, "holds a name that is not lower-case ASCII");
    return names;
}

void read_plugins(ClaimReader& reader, Licence& out) {
    reader.members("plugins", kMaxNames, [&](const std::string& id, const json& value) {
        if (!is_plugin_id(id)) return reader.fail("plugins", "holds a name that is no plugin id");
        ClaimReader grant(value);
        PluginGrant& plugin = out.plugins[id];
        plugin.not_after = grant.time("exp", false);
        if (grant.refusal()) return reader.fail("plugins." + id, "is wrong: " + grant.refusal()->detail);
        if (value.size() > (plugin.not_after ? 1u : 0u))
            reader.fail("plugins." + id, "restricts in a way that this version does not know");
    });
}

void read_limits(ClaimReader& reader, Licence& out) {
    reader.members("limits", kMaxNames, [&](const std::string& name, const json& value) {
        if (!is_name(name) || !value.is_number_unsigned() || value.get<std::uint64_t>() > kMaxNumber)
            return reader.fail("limits", "must map names to whole numbers");
        out.limits[name] = value.get<std::uint64_t>();
    });
    reader.members("overage", kMaxNames, [&](const std::string& name, const json& value) {
        if (!out.limits.contains(name) || (value != "hard" && value != "soft"))
            return reader.fail("overage", "must say hard or soft for names of limits");
        out.overage[name] = value == "soft" ? Overage::kSoft : Overage::kHard;
    });
}

void read_period(ClaimReader& reader, Licence& out) {
    out.issued_at = reader.time("iat").value_or(0);
    out.not_before = reader.time("nbf", false).value_or(out.issued_at);
    out.not_after = reader.time("exp", false);
    out.grace = static_cast<Seconds>(reader.number("grace_s", kMaxGrace, false));
    out.maintained_until = reader.time("maint_until", false);
    if (out.not_after && *out.not_after <= out.not_before) reader.fail("exp", "must be later than nbf");
    if (!out.not_after && out.model != Model::kPerpetual)
        reader.fail("exp", "is missing, and the licence is not perpetual");
}

std::optional<Refusal> check_supported(ClaimReader& reader) {
    for (const std::string& name : reader.texts("crit", kMaxNames))
        if (std::find(kKnownClaims.begin(), kKnownClaims.end(), name) == kKnownClaims.end())
            return Refusal{RefusalCode::kUnknownCritical,
                           "The licence depends on a claim that this version does not know. Update first."};
    for (const char* name : kUnenforcedClaims)
        if (reader.has(name))
            return Refusal{RefusalCode::kUnsupportedClaim,
                           std::string("The licence has the claim ") + name +
                               ", which this version can not enforce. Update first."};
    return reader.refusal();
}

Model read_model(ClaimReader& reader) {
    const auto model = parse_model(reader.text("lic_model"));
    if (!model) reader.fail("lic_model", "must be subscription, trial or perpetual");
    return model.value_or(Model::kSubscription);
}

json plugins_json(const Licence& licence) {
    json out = json::object();
    for (const auto& [id, grant] : licence.plugins) {
        out[id] = json::object();
        if (grant.not_after) out[id]["exp"] = format_time(*grant.not_after);
    }
    return out;
}

}  // namespace

std::string_view to_string(Model model) noexcept {
    for (const auto& [value, name] : kModels)
        if (value == model) return name;
    return "unknown";
}

std::optional<Model> parse_model(std::string_view text) noexcept {
    for (const auto& [value, name] : kModels)
        if (text == name) return value;
    return std::nullopt;
}

std::string encode_licence(const Licence& licence) {
    json claims = {{"iss", licence.issuer},
                   {"sub", licence.subject},
                   {"aud", kAudience},
                   {"jti", licence.id},
                   {"iat", format_time(licence.issued_at)},
                   {"nbf", format_time(licence.not_before)},
                   {"lic_ver", kLicenceVersion},
                   {"lic_seq", licence.sequence},
                   {"lic_model", to_string(licence.model)},
                   {"plan", licence.plan},
                   {"plugins", plugins_json(licence)},
                   {"features", licence.features},
                   {"limits", licence.limits}};
    if (licence.not_after) claims["exp"] = format_time(*licence.not_after);
    if (!licence.products.empty()) claims["products"] = licence.products;
    if (licence.grace > 0) claims["grace_s"] = licence.grace;
    if (licence.maintained_until) claims["maint_until"] = format_time(*licence.maintained_until);
    for (const auto& [name, overage] : licence.overage)
        claims["overage"][name] = overage == Overage::kSoft ? "soft" : "hard";
    return claims.dump();
}

Result<Licence> decode_licence(std::string_view text) {
    auto parsed = parse_strict_json(text);
    if (!parsed.ok()) return std::move(parsed).refusal();
    ClaimReader reader(*parsed);
    if (auto refusal = check_supported(reader)) return *refusal;
    if (reader.number("lic_ver", kMaxNumber) != kLicenceVersion) reader.fail("lic_ver", "must be 1");
    if (reader.text("aud") != kAudience) reader.fail("aud", "must be mortise");
    Licence out;
    out.issuer = reader.text("iss");
    out.subject = reader.text("sub");
    out.id = reader.text("jti");
    out.sequence = reader.number("lic_seq", kMaxNumber);
    out.model = read_model(reader);
    out.plan = reader.text("plan");
    if (!is_name(out.plan)) reader.fail("plan", "must be a name in lower-case ASCII");
    out.products = read_names(reader, "products");
    out.features = read_names(reader, "features");
    read_period(reader, out);
    read_plugins(reader, out);
    read_limits(reader, out);
    if (reader.refusal()) return *reader.refusal();
    return out;
}

std::string_view to_string(Validity validity) noexcept {
    switch (validity) {
        case Validity::kNotYetValid:
            return "not_yet_valid";
        case Validity::kValid:
            return "valid";
        case Validity::kGrace:
            return "grace";
        case Validity::kLimited:
            return "limited";
    }
    return "limited";
}

Validity evaluate(const Licence& licence, Seconds now) noexcept {
    if (now < licence.not_before) return Validity::kNotYetValid;
    if (!licence.not_after || now < *licence.not_after) return Validity::kValid;
    if (now - *licence.not_after < licence.grace) return Validity::kGrace;
    return Validity::kLimited;
}

}  // namespace mortise::licenses
