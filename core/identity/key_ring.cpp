#include "core/identity/key_ring.hpp"

#include "core/identity/key_repository.hpp"

#include <algorithm>
#include <utility>

namespace mortise::identity {
namespace {

base::Status add_key(storage::Unit& unit, base::Micros now) {
    auto pair = crypto::KeyPair::generate();
    const SigningKey key{.kid = thumbprint(pair.public_key),
                         .public_key = pair.public_key,
                         .secret = std::move(pair.secret),
                         .created_at = now,
                         .verify_until = std::nullopt};
    return repository::insert(unit, key);
}

}  // namespace

base::Status KeyRing::ensure_key(storage::Unit& unit) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, kName));  // one node at a time
    MORTISE_TRY_ASSIGN(const auto keys, repository::signing_keys(unit));
    if (std::any_of(keys.begin(), keys.end(), [](const auto& key) { return !key.verify_until; })) return {};
    return add_key(unit, clock_.now());
}

base::Status KeyRing::rotate(storage::Unit& unit, std::int64_t keep_s) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, kName));
    const auto now = clock_.now();
    MORTISE_TRY(repository::retire_signing_keys(unit, now + keep_s * base::kMicrosPerSecond));
    return add_key(unit, now);
}

base::Status KeyRing::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(auto rows, repository::signing_keys(unit));
    Keys keys;
    keys.generation = ++generation_;
    for (auto& row : rows) {
        if (row.verify_until && *row.verify_until <= clock_.now()) continue;
        if (!row.verify_until && keys.secret == nullptr) {
            keys.kid = row.kid;
            keys.secret = std::make_shared<const crypto::SecretKey>(std::move(row.secret));
        }
        keys.verification.push_back({std::move(row.kid), row.public_key});
    }
    keys.jwks = jwks_document(keys.verification);
    keys_.replace(std::make_shared<const Keys>(std::move(keys)));
    return {};
}

}  // namespace mortise::identity
