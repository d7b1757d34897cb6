#include "core/events/idempotency.hpp"

namespace mortise::events {
namespace {

using base::Result;
using base::Status;
using storage::Bytes;
using storage::Null;
using storage::Row;
using storage::Statement;
using storage::Type;
using storage::Value;

const Statement kFind{"idempotency.find",
                      "SELECT request_hash, status, headers, body FROM idempotency "
                      "WHERE principal_id = $1 AND route = $2 AND key = $3 AND created_at > $4",
                      {Type::kUuid, Type::kText, Type::kText, Type::kTime},
                      {Type::kBytes, Type::kInteger, Type::kText, Type::kBytes}};

const Statement kRemoveOld{"idempotency.remove_old",
                           "DELETE FROM idempotency "
                           "WHERE principal_id = $1 AND route = $2 AND key = $3 AND created_at <= $4",
                           {Type::kUuid, Type::kText, Type::kText, Type::kTime}};

const Statement kInsertAnswer{
    "idempotency.insert",
    "INSERT INTO idempotency (principal_id, route, key, request_hash, status, headers, body, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    {Type::kUuid, Type::kText, Type::kText, Type::kBytes, Type::kInteger, Type::kText, Type::kBytes,
     Type::kTime}};

const Statement kPurge{"idempotency.purge", "DELETE FROM idempotency WHERE created_at <= $1", {Type::kTime}};

}  // namespace

base::Micros IdempotencyStore::oldest() const {
    return clock_.now() - std::chrono::microseconds(kIdempotencyLifetime).count();
}

Result<std::optional<IdempotentAnswer>> IdempotencyStore::find(storage::Unit& unit,
                                                               const IdempotencyKey& key) {
    std::optional<IdempotentAnswer> answer;
    MORTISE_TRY(unit.run(kFind,
                         {key.principal, std::string_view(key.route), std::string_view(key.key), oldest()},
                         [&](const Row& row) {
                             answer.emplace();
                             answer->request_hash = row.bytes(0);
                             answer->status = static_cast<int>(row.integer(1));
                             answer->headers = row.text(2);
                             if (!row.is_null(3)) answer->body = row.bytes(3);
                             return false;
                         }));
    return answer;
}

Status IdempotencyStore::insert(storage::Unit& unit, const IdempotencyKey& key,
                                const IdempotentAnswer& answer) {
    const std::string_view route(key.route), text(key.key);
    MORTISE_TRY(unit.run(kRemoveOld, {key.principal, route, text, oldest()}));
    MORTISE_TRY(
        unit.run(kInsertAnswer, {key.principal, route, text, Bytes{answer.request_hash},
                                 std::int64_t{answer.status}, std::string_view(answer.headers),
                                 answer.body ? Value(Bytes{*answer.body}) : Value(Null{}), clock_.now()}));
    return {};
}

Status IdempotencyStore::purge(storage::Unit& unit) {
    MORTISE_TRY(unit.run(kPurge, {oldest()}));
    return {};
}

}  // namespace mortise::events
