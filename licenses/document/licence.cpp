#include "licenses/document/licence.hpp"

#include "licenses/document/claim_reader.hpp"
#include "licenses/document/limit.hpp"
#include "licenses/document/strict_json.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxListed = 256;

constexpr std::array kModels = {std::pair{Model::kSubscription, "subscription"},
                                std::pair{Model::kTrial, "trial"}, std::pair{Model::kPerpetual, "perpetual"}};

constexpr std::array<std::string_view, 23> kKnownClaims = {
    "iss",     "sub",       "aud",         "jti",        "iat",         "nbf",     "exp",      "lic_ver",
    "lic_seq", "lic_model", "lic_line",    "plan",       "products",    "plugins", "features", "limits",
    "overage", "grace_s",   "maint_until", "refresh_by", "crl_seq_min", "fp",      "crit"};

std::vector<std::string> read_names(ClaimReader& reader, const char* claim) {
    auto names = reader.texts(claim, kMaxListed);
    if (!std::all_of(names.begin(), names.end(), [](const auto& name) { return is_name(name); }))
        reader.fail(claim, "holds a name that is not lower-case ASCII");
    return names;
}

void read_period(ClaimReader& reader, Licence& out) {
    out.issued_at = reader.time("iat").value_or(0);
    out.not_before = reader.time("nbf", false).value_or(out.issued_at);
    out.not_after = reader.time("exp", false);
    out.grace = static_cast<Seconds>(reader.number("grace_s", kMaxGrace, false));
    out.maintained_until = reader.time("maint_until", false);
    out.refresh_by = reader.time("refresh_by", false);
    if (out.not_after && *out.not_after <= out.not_before) reader.fail("exp", "must be later than nbf");
    if (!out.not_after && out.model != Model::kPerpetual)
        reader.fail("exp", "is missing, and the licence is not perpetual");
    if (out.refresh_by && *out.refresh_by <= out.issued_at)
        reader.fail("refresh_by", "must be later than iat");
}

std::optional<Refusal> check_critical(ClaimReader& reader) {
    for (const std::string& name : reader.texts("crit", kMaxListed))
        if (std::find(kKnownClaims.begin(), kKnownClaims.end(), name) == kKnownClaims.end())
            return Refusal{RefusalCode::kUnknownCritical,
                           "The licence depends on a claim that this version does not know. Update first."};
    return reader.refusal();
}

Model read_model(ClaimReader& reader) {
    const auto model = parse_model(reader.text("lic_model"));
    if (!model) reader.fail("lic_model", "must be subscription, trial or perpetual");
    return model.value_or(Model::kSubscription);
}

void read_identity(ClaimReader& reader, Licence& out) {
    if (reader.number("lic_ver", kMaxNumber) != kLicenceVersion) reader.fail("lic_ver", "must be 1");
    if (reader.text("aud") != kAudience) reader.fail("aud", "must be mortise");
    out.issuer = reader.text("iss");
    out.subject = reader.text("sub");
    out.id = reader.text("jti");
    out.line = reader.text("lic_line", false);
    if (out.line == out.id) out.line.clear();
    out.sequence = reader.number("lic_seq", kMaxNumber);
    out.crl_sequence_min = reader.number("crl_seq_min", kMaxNumber, false);
}

void take_binding(ClaimReader& reader, const json& claims, Licence& out) {
    if (!reader.has("fp")) return;
    auto binding = read_binding(claims.at("fp"));
    if (binding.ok())
        out.binding = std::move(binding).value();
    else
        reader.fail(std::move(binding).refusal());
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
                   {"limits", limits_json(licence)}};
    if (!licence.line.empty()) claims["lic_line"] = licence.line;
    if (licence.not_after) claims["exp"] = format_time(*licence.not_after);
    if (!licence.products.empty()) claims["products"] = licence.products;
    if (licence.grace > 0) claims["grace_s"] = licence.grace;
    if (licence.maintained_until) claims["maint_until"] = format_time(*licence.maintained_until);
    if (licence.refresh_by) claims["refresh_by"] = format_time(*licence.refresh_by);
    if (licence.crl_sequence_min > 0) claims["crl_seq_min"] = licence.crl_sequence_min;
    if (licence.binding) claims["fp"] = binding_json(*licence.binding);
    if (json overage = overage_json(licence); !overage.empty()) claims["overage"] = std::move(overage);
    return claims.dump();
}

Result<Licence> decode_licence(std::string_view text) {
    auto parsed = parse_strict_json(text);
    if (!parsed.ok()) return std::move(parsed).refusal();
    ClaimReader reader(*parsed);
    if (auto refusal = check_critical(reader)) return *refusal;
    Licence out;
    read_identity(reader, out);
    out.model = read_model(reader);
    out.plan = reader.text("plan");
    if (!is_name(out.plan)) reader.fail("plan", "must be a name in lower-case ASCII");
    out.products = read_names(reader, "products");
    out.features = read_names(reader, "features");
    read_period(reader, out);
    read_plugins(reader, out);
    read_limits(reader, out);
    take_binding(reader, *parsed, out);
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
