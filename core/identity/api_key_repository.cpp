#include "core/identity/api_key_repository.hpp"

#include "core/identity/words.hpp"
#include "core/tenancy/rows.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace mortise::identity::repository {
namespace {

using storage::Bytes;
using storage::Statement;
using storage::Type;
using storage::Value;
using tenancy::read_all;
using tenancy::read_one;

#define MORTISE_KEY_COLUMNS                                                                                   \
    "k.id, k.tenant_id, k.owner_id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.last_used_at, " \
    "k.revoked_at"
const std::vector<Type> kColumns{Type::kUuid, Type::kUuid, Type::kUuid, Type::kText, Type::kText,
                                 Type::kText, Type::kTime, Type::kTime, Type::kTime, Type::kTime};

const Statement kInsert{
    "identity.insert_api_key",
    "INSERT INTO api_keys (id, tenant_id, owner_id, name, prefix, scopes, created_at, expires_at, hash) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    {Type::kUuid, Type::kUuid, Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kTime,
     Type::kBytes}};
const Statement kFind{"identity.find_api_key",
                      "SELECT " MORTISE_KEY_COLUMNS " FROM api_keys k WHERE k.tenant_id = $1 AND k.id = $2",
                      {Type::kUuid, Type::kUuid},
                      kColumns};
const Statement kPage{"identity.list_api_keys",
                      "SELECT " MORTISE_KEY_COLUMNS
                      " FROM api_keys k WHERE k.tenant_id = $1 AND k.id > $2 ORDER BY k.id LIMIT $3",
                      {Type::kUuid, Type::kUuid, Type::kInteger},
                      kColumns};
const Statement kLive{
    "identity.live_api_keys",
    "SELECT " MORTISE_KEY_COLUMNS
    ", k.hash, u.tenant_id, u.roles FROM api_keys k JOIN users u ON u.id = k.owner_id "
    "WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1) "
    "AND u.state = 'active'",
    {Type::kTime},
    {Type::kUuid, Type::kUuid, Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kTime,
     Type::kTime, Type::kTime, Type::kBytes, Type::kUuid, Type::kText}};
const Statement kRevoke{"identity.revoke_api_key",
                        "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
                        {Type::kUuid, Type::kTime}};
const Statement kSetLastUsed{"identity.set_last_used",
                             "UPDATE api_keys SET last_used_at = $2 WHERE id = $1",
                             {Type::kUuid, Type::kTime}};
const Statement kRemoveOfTenant{
    "identity.delete_api_keys", "DELETE FROM api_keys WHERE tenant_id = $1", {Type::kUuid}};

std::optional<base::Micros> optional_time(const storage::Row& row, std::size_t i) {
    return row.is_null(i) ? std::nullopt : std::optional(row.integer(i));
}

base::Result<ApiKey> read_key(const storage::Row& row) {
    return ApiKey{.id = row.uuid(0),
                  .tenant = row.uuid(1),
                  .owner = row.uuid(2),
                  .name = std::string(row.text(3)),
                  .prefix = std::string(row.text(4)),
                  .scopes = std::string(row.text(5)),
                  .created_at = row.integer(6),
                  .expires_at = optional_time(row, 7),
                  .last_used_at = optional_time(row, 8),
                  .revoked_at = optional_time(row, 9)};
}

base::Result<LiveKey> read_live_key(const storage::Row& row) {
    MORTISE_TRY_ASSIGN(auto key, read_key(row));
    LiveKey live{.key = std::move(key), .hash = {}, .owner_tenant = row.uuid(11), .owner_roles = {}};
    const auto hash = row.bytes(10);
    if (hash.size() != live.hash.size()) return base::internal_error("an API key's hash has a wrong size");
    std::copy(hash.begin(), hash.end(), live.hash.begin());
    live.owner_roles = split_words(row.text(12));
    return live;
}

}  // namespace

base::Status insert(storage::Unit& unit, const ApiKey& key, const crypto::Digest& hash) {
    MORTISE_TRY(unit.run(kInsert, {key.id, key.tenant, key.owner, std::string_view(key.name),
                                   std::string_view(key.prefix), std::string_view(key.scopes), key.created_at,
                                   key.expires_at ? Value(*key.expires_at) : Value(storage::Null{}),
                                   Bytes{crypto::as_bytes(hash)}}));
    return {};
}

base::Result<std::optional<ApiKey>> find_api_key(storage::Unit& unit, const base::Uuid& tenant,
                                                 const base::Uuid& id) {
    return read_one(unit, kFind, {tenant, id}, read_key);
}

base::Result<std::vector<ApiKey>> api_keys(storage::Unit& unit, const base::Uuid& tenant,
                                           const tenancy::PageBounds& bounds) {
    return read_all(unit, kPage, {tenant, bounds.after, std::int64_t{bounds.limit} + 1}, read_key);
}

base::Result<std::vector<LiveKey>> live_keys(storage::Unit& unit, base::Micros now) {
    return read_all(unit, kLive, {now}, read_live_key);
}

base::Status revoke_api_key(storage::Unit& unit, const base::Uuid& id, base::Micros now) {
    MORTISE_TRY(unit.run(kRevoke, {id, now}));
    return {};
}

base::Status set_last_used(storage::Unit& unit, const base::Uuid& id, base::Micros time) {
    MORTISE_TRY(unit.run(kSetLastUsed, {id, time}));
    return {};
}

base::Status remove_api_keys(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kRemoveOfTenant, {tenant}));
    return {};
}

}  // namespace mortise::identity::repository
