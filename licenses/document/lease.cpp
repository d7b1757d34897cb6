#include "licenses/document/lease.hpp"

#include "licenses/document/claim_reader.hpp"
#include "licenses/document/signed_document.hpp"
#include "licenses/document/strict_json.hpp"
#include "licenses/document/verify.hpp"

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

json lease_json(const Lease& lease) {
    json claims = {{"iss", lease.installation},
                   {"jti", lease.id},
                   {"lic", lease.licence_id},
                   {"limit", lease.limit},
                   {"sub", lease.holder},
                   {"iat", format_time(lease.issued_at)},
                   {"exp", format_time(lease.not_after)},
                   {"borrowed", lease.borrowed}};
    if (!lease.tenant.empty()) claims["tenant"] = lease.tenant;
    return claims;
}

Result<Lease> read_lease(const json& claims) {
    ClaimReader reader(claims);
    reader.only({"iss", "jti", "lic", "limit", "sub", "iat", "exp", "borrowed", "tenant"});
    Lease out;
    out.installation = reader.text("iss");
    out.id = reader.text("jti");
    out.licence_id = reader.text("lic");
    out.limit = reader.text("limit");
    out.tenant = reader.text("tenant", false);
    out.holder = reader.text("sub");
    out.issued_at = reader.time("iat").value_or(0);
    out.not_after = reader.time("exp").value_or(0);
    if (!is_name(out.limit)) reader.fail("limit", "must be a name in lower-case ASCII");
    if (out.not_after <= out.issued_at) reader.fail("exp", "must be later than iat");
    const auto borrowed = claims.find("borrowed");
    if (borrowed == claims.end() || !borrowed->is_boolean()) reader.fail("borrowed", "must be true or false");
    if (reader.refusal()) return *reader.refusal();
    out.borrowed = borrowed->get<bool>();
    return out;
}

}  // namespace

std::string sign_lease(const Lease& lease, const SecretKey& installation_key) {
    return sign_document(installation_key, lease_json(lease).dump(), kLeaseType);
}

Result<Lease> verify_lease(std::string_view token, const PublicKey& installation_key, Seconds now) {
    const auto opened = open_token(token, kMaxLeaseBytes);
    if (!opened.ok()) return opened.refusal();
    if (auto refusal = check_signed_by(*opened, installation_key, kLeaseType, "lease"))
        return *std::move(refusal);
    const auto claims = parse_strict_json(opened->token.payload);
    if (!claims.ok()) return claims.refusal();
    auto lease = read_lease(*claims);
    if (!lease.ok()) return lease;
    if (auto refusal = check_not_from_future("lease", lease->issued_at, now)) return *std::move(refusal);
    return lease;
}

}  // namespace mortise::licenses
