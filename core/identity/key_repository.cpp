#include "core/identity/key_repository.hpp"

#include "core/tenancy/rows.hpp"

#include <utility>

namespace mortise::identity::repository {
namespace {

using storage::Bytes;
using storage::Statement;
using storage::Type;

const Statement kInsert{
    "identity.insert_signing_key",
    "INSERT INTO signing_keys (kid, public_key, seed, created_at) VALUES ($1, $2, $3, $4)",
    {Type::kText, Type::kBytes, Type::kBytes, Type::kTime}};
const Statement kAll{
    "identity.signing_keys",
    "SELECT kid, seed, created_at, verify_until FROM signing_keys ORDER BY created_at DESC, kid",
    {},
    {Type::kText, Type::kBytes, Type::kTime, Type::kTime}};
const Statement kRetire{"identity.retire_signing_keys",
                        "UPDATE signing_keys SET verify_until = $1 WHERE verify_until IS NULL",
                        {Type::kTime}};

base::Result<SigningKey> read_key(const storage::Row& row) {
    auto secret = crypto::SecretKey::from_seed(row.bytes(1));
    if (!secret) return base::internal_error("a signing key in core.db has no seed of 32 bytes");
    const auto public_key = secret->public_key();
    return SigningKey{.kid = std::string(row.text(0)),
                      .public_key = public_key,
                      .secret = *std::move(secret),
                      .created_at = row.integer(2),
                      .verify_until = row.is_null(3) ? std::nullopt : std::optional(row.integer(3))};
}

}  // namespace

base::Status insert(storage::Unit& unit, const SigningKey& key) {
    const auto seed = key.secret.reveal().substr(0, crypto::SecretKey::kSeedSize);
    MORTISE_TRY(unit.run(kInsert, {std::string_view(key.kid), Bytes{crypto::as_bytes(key.public_key)},
                                   Bytes{seed}, key.created_at}));
    return {};
}

base::Result<std::vector<SigningKey>> signing_keys(storage::Unit& unit) {
    return tenancy::read_all(unit, kAll, {}, read_key);
}

base::Status retire_signing_keys(storage::Unit& unit, base::Micros verify_until) {
    MORTISE_TRY(unit.run(kRetire, {verify_until}));
    return {};
}

}  // namespace mortise::identity::repository
