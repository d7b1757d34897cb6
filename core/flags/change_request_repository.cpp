#include "core/flags/change_request.hpp"
#include "core/tenancy/rows.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags::repository {
namespace {

using storage::Null;
using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_count;
using tenancy::read_one;

#define MORTISE_REQUEST_COLUMNS                                                                                 \
    "id, tenant_id, environment, title, description, changes, state, apply_at, edition, version, author_kind, " \
    "author, author_label, person, error, created_at, updated_at"
const std::vector<Type> kRequestColumns{
    Type::kUuid, Type::kUuid, Type::kText,    Type::kText,    Type::kText,    Type::kText,
    Type::kText, Type::kTime, Type::kInteger, Type::kInteger, Type::kInteger, Type::kUuid,
    Type::kText, Type::kUuid, Type::kText,    Type::kTime,    Type::kTime};

const Statement kInsertRequest{
    "flags.insert_request",
    "INSERT INTO flag_change_requests (" MORTISE_REQUEST_COLUMNS
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    kRequestColumns};
const Statement kUpdateRequest{
    "flags.update_request",
    "UPDATE flag_change_requests SET title = $2, description = $3, changes = $4, state = $5, apply_at = $6, "
    "edition = $7, version = $8, error = $9, updated_at = $10 WHERE id = $1 AND version = $11",
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kInteger,
     Type::kInteger, Type::kText, Type::kTime, Type::kInteger}};
const Statement kFindRequest{"flags.find_request",
                             "SELECT " MORTISE_REQUEST_COLUMNS
                             " FROM flag_change_requests WHERE tenant_id = $1 AND id = $2",
                             {Type::kUuid, Type::kUuid},
                             kRequestColumns};
const Statement kRequests{"flags.requests",
                          "SELECT " MORTISE_REQUEST_COLUMNS
                          " FROM flag_change_requests WHERE tenant_id = $1 AND environment = $2 AND id > $3 "
                          "AND (state = $4 OR $4 = '') ORDER BY id LIMIT $5",
                          {Type::kUuid, Type::kText, Type::kUuid, Type::kText, Type::kInteger},
                          kRequestColumns};
const Statement kCountOpen{
    "flags.count_open_requests",
    "SELECT count(*) FROM flag_change_requests WHERE tenant_id = $1 AND state IN ('open', 'failed')",
    {Type::kUuid},
    {Type::kInteger}};
const Statement kFailRequestsIn{
    "flags.fail_requests_in",
    "UPDATE flag_change_requests SET state = 'failed', error = $2, updated_at = $3, version = version + 1, "
    "edition = edition + 1 WHERE environment = $1 AND state IN ('open', 'failed')",
    {Type::kText, Type::kText, Type::kTime}};
// Those that lack approvals wait, as those of suspended tenants do, and must not stand before others that are
// due.
const Statement kDue{
    "flags.due_requests",
    "SELECT " MORTISE_REQUEST_COLUMNS
    " FROM flag_change_requests r WHERE state = 'open' AND apply_at <= $1 AND "
    "(SELECT count(*) FROM flag_change_reviews v WHERE v.request = r.id AND v.edition = r.edition "
    "AND v.decision = 'approved') >= coalesce((SELECT e.approvals_required FROM flag_environments e "
    "WHERE e.tenant_id = r.tenant_id AND e.name = r.environment), 0) "
    "AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = r.tenant_id AND t.state <> 'active') ORDER BY apply_at, id LIMIT 100",
    {Type::kTime},
    kRequestColumns};
const Statement kPutReview{
    "flags.put_review",
    "INSERT INTO flag_change_reviews (request, edition, reviewer, reviewer_label, decision, comment, reviewed_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (request, edition, reviewer) DO UPDATE SET "
    "decision = excluded.decision, comment = excluded.comment, reviewed_at = excluded.reviewed_at",
    {Type::kUuid, Type::kInteger, Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime}};
const Statement kReviews{"flags.reviews",
                         "SELECT reviewer, reviewer_label, edition, decision, comment, reviewed_at FROM "
                         "flag_change_reviews WHERE request = $1 ORDER BY reviewed_at, reviewer",
                         {Type::kUuid},
                         {Type::kUuid, Type::kText, Type::kInteger, Type::kText, Type::kText, Type::kTime}};
const Statement kRemoveReviews{
    "flags.remove_reviews",
    "DELETE FROM flag_change_reviews WHERE request IN (SELECT id FROM flag_change_requests WHERE tenant_id = $1)",
    {Type::kUuid}};
const Statement kRemoveRequests{
    "flags.remove_requests", "DELETE FROM flag_change_requests WHERE tenant_id = $1", {Type::kUuid}};

storage::Value id_or_nothing(const base::Uuid& id) {
    return id.is_nil() ? storage::Value(Null{}) : storage::Value(id);
}
storage::Value time_or_nothing(const std::optional<base::Micros>& time) {
    return time ? storage::Value(*time) : storage::Value(Null{});
}
base::Uuid id_or_nil(const storage::Row& row, std::size_t column) {
    return row.is_null(column) ? base::Uuid{} : row.uuid(column);
}

base::Result<ChangeRequest> read_request(const storage::Row& row) {
    MORTISE_TRY_ASSIGN(auto changes, read_stored_changes(row.text(5)));
    return ChangeRequest{.id = row.uuid(0),
                         .tenant = row.uuid(1),
                         .environment = std::string(row.text(2)),
                         .title = std::string(row.text(3)),
                         .description = std::string(row.text(4)),
                         .changes = std::move(changes),
                         .state = std::string(row.text(6)),
                         .apply_at = row.is_null(7) ? std::nullopt : std::optional(row.integer(7)),
                         .edition = row.integer(8),
                         .version = row.integer(9),
                         .author = {static_cast<base::PrincipalKind>(row.integer(10)), id_or_nil(row, 11),
                                    std::string(row.text(12))},
                         .person = id_or_nil(row, 13),
                         .error = std::string(row.text(14)),
                         .created_at = row.integer(15),
                         .updated_at = row.integer(16)};
}

base::Result<Review> read_review(const storage::Row& row) {
    return Review{.reviewer = row.uuid(0),
                  .label = std::string(row.text(1)),
                  .edition = row.integer(2),
                  .approved = row.text(3) == "approved",
                  .comment = std::string(row.text(4)),
                  .reviewed_at = row.integer(5)};
}

}  // namespace

base::Status insert_request(storage::Unit& unit, const ChangeRequest& request) {
    const auto changes = to_json(request.changes, true).dump();
    MORTISE_TRY(unit.run(
        kInsertRequest,
        {request.id, request.tenant, std::string_view(request.environment), std::string_view(request.title),
         std::string_view(request.description), std::string_view(changes), std::string_view(request.state),
         time_or_nothing(request.apply_at), request.edition, request.version,
         static_cast<std::int64_t>(request.author.kind), id_or_nothing(request.author.id),
         std::string_view(request.author.label), id_or_nothing(request.person),
         std::string_view(request.error), request.created_at, request.updated_at}));
    return {};
}

base::Result<bool> update_request(storage::Unit& unit, const ChangeRequest& request) {
    const auto changes = to_json(request.changes, true).dump();
    MORTISE_TRY_ASSIGN(
        const auto changed,
        unit.run(kUpdateRequest,
                 {request.id, std::string_view(request.title), std::string_view(request.description),
                  std::string_view(changes), std::string_view(request.state),
                  time_or_nothing(request.apply_at), request.edition, request.version,
                  std::string_view(request.error), request.updated_at, request.version - 1}));
    return changed == 1;
}

base::Result<std::optional<ChangeRequest>> find_request(storage::Unit& unit, const base::Uuid& tenant,
                                                        const base::Uuid& id) {
    return read_one(unit, kFindRequest, {tenant, id}, read_request);
}

base::Result<std::vector<ChangeRequest>> requests(storage::Unit& unit, const base::Uuid& tenant,
                                                  std::string_view environment, std::string_view state,
                                                  const tenancy::PageBounds& bounds) {
    return read_all(unit, kRequests,
                    {tenant, environment, bounds.after, state, std::int64_t{bounds.limit} + 1}, read_request);
}

base::Result<std::int64_t> count_open_requests(storage::Unit& unit, const base::Uuid& tenant) {
    return read_count(unit, kCountOpen, {tenant});
}

base::Result<std::vector<ChangeRequest>> due_requests(storage::Unit& unit, base::Micros now) {
    return read_all(unit, kDue, {now}, read_request);
}

base::Status put_review(storage::Unit& unit, const base::Uuid& request, const Review& review) {
    MORTISE_TRY(
        unit.run(kPutReview, {request, review.edition, review.reviewer, std::string_view(review.label),
                              std::string_view(review.approved ? "approved" : "rejected"),
                              std::string_view(review.comment), review.reviewed_at}));
    return {};
}

base::Result<std::vector<Review>> reviews(storage::Unit& unit, const base::Uuid& request) {
    return read_all(unit, kReviews, {request}, read_review);
}

base::Status fail_requests_in(storage::Unit& unit, std::string_view environment, std::string_view error,
                              base::Micros now) {
    MORTISE_TRY(unit.run(kFailRequestsIn, {environment, error, now}));
    return {};
}

base::Status remove_requests(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kRemoveReviews, {tenant}));
    MORTISE_TRY(unit.run(kRemoveRequests, {tenant}));
    return {};
}

}  // namespace mortise::flags::repository
