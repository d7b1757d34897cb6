#include "core/licensing/seats.hpp"

#include "core/base/text.hpp"
#include "core/tenancy/quota.hpp"
#include "core/tenancy/rows.hpp"
#include "licenses/document/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mortise::licensing {
namespace {

using base::Error;
using base::ErrorKind;
using base::kMicrosPerSecond;
using base::Result;
using base::Status;
using storage::Row;
using storage::Statement;
using storage::Type;

constexpr std::size_t kMaxHolder = 200;  // bytes

const std::vector<Type> kSeatColumns{Type::kUuid, Type::kText, Type::kUuid,   Type::kText,
                                     Type::kTime, Type::kTime, Type::kBoolean};
const Statement kFreeSeats{"licensing.free_seats",
                           "DELETE FROM licence_seats WHERE limit_name = $1 AND expires_at <= $2",
                           {Type::kText, Type::kTime}};
const Statement kCountSeats{
    "licensing.count_seats",
    "SELECT count(*), CAST(coalesce(sum(CASE WHEN tenant_id = $2 THEN 1 ELSE 0 END), 0) AS bigint) "
    "FROM licence_seats WHERE limit_name = $1",
    {Type::kText, Type::kUuid},
    {Type::kInteger, Type::kInteger}};
const Statement kCountElder{
    "licensing.count_elder_seats",
    "SELECT count(*), CAST(coalesce(sum(CASE WHEN tenant_id = $2 THEN 1 ELSE 0 END), 0) AS bigint) "
    "FROM licence_seats WHERE limit_name = $1 AND expires_at > $3 AND (taken_at, id) < ($4, $5)",
    {Type::kText, Type::kUuid, Type::kTime, Type::kTime, Type::kUuid},
    {Type::kInteger, Type::kInteger}};
const Statement kCountLive{"licensing.count_live_seats",
                           "SELECT count(*) FROM licence_seats "
                           "WHERE limit_name = $1 AND (tenant_id = $2 OR $3) AND expires_at > $4",
                           {Type::kText, Type::kUuid, Type::kBoolean, Type::kTime},
                           {Type::kInteger}};
const Statement kFindHolder{
    "licensing.seat_of",
    "SELECT id, limit_name, tenant_id, holder, taken_at, expires_at, borrowed FROM licence_seats "
    "WHERE limit_name = $1 AND tenant_id = $2 AND holder = $3",
    {Type::kText, Type::kUuid, Type::kText},
    kSeatColumns};
const Statement kFindSeat{
    "licensing.find_seat",
    "SELECT id, limit_name, tenant_id, holder, taken_at, expires_at, borrowed FROM licence_seats "
    "WHERE id = $1 AND tenant_id = $2 AND expires_at > $3",
    {Type::kUuid, Type::kUuid, Type::kTime},
    kSeatColumns};
const Statement kSeatsOfTenant{
    "licensing.seats_of_tenant",
    "SELECT id, limit_name, tenant_id, holder, taken_at, expires_at, borrowed FROM licence_seats "
    "WHERE (tenant_id = $1 OR $2) AND expires_at > $3 ORDER BY id LIMIT 1000",
    {Type::kUuid, Type::kBoolean, Type::kTime},
    kSeatColumns};
const Statement kPutSeat{
    "licensing.put_seat",
    "INSERT INTO licence_seats (id, limit_name, tenant_id, holder, taken_at, expires_at, borrowed) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, borrowed = excluded.borrowed",
    kSeatColumns};
const Statement kRemoveSeat{"licensing.remove_seat",
                            "DELETE FROM licence_seats WHERE id = $1 AND tenant_id = $2",
                            {Type::kUuid, Type::kUuid}};

const Statement kLimitOfSeat{"licensing.limit_of_seat",
                             "SELECT limit_name FROM licence_seats WHERE id = $1 AND tenant_id = $2",
                             {Type::kUuid, Type::kUuid},
                             {Type::kText}};
const Statement kRemoveSeatsOfTenant{"licensing.remove_seats",
                                     "DELETE FROM licence_seats WHERE tenant_id = $1 AND NOT borrowed",
                                     {Type::kUuid}};
const Statement kBorrowedOfTenant{
    "licensing.borrowed_of_tenant",
    "SELECT id, limit_name, tenant_id, holder, taken_at, expires_at, borrowed FROM licence_seats "
    "WHERE tenant_id = $1",
    {Type::kUuid},
    kSeatColumns};
const Statement kOrphanSeat{"licensing.orphan_seat",
                            "UPDATE licence_seats SET tenant_id = $2, holder = $3 WHERE id = $1",
                            {Type::kUuid, Type::kUuid, Type::kText}};

Result<Seat> read_seat(const Row& row) {
    return Seat{.id = row.uuid(0),
                .limit = std::string(row.text(1)),
                .tenant = row.uuid(2),
                .holder = std::string(row.text(3)),
                .taken_at = row.integer(4),
                .expires_at = row.integer(5),
                .borrowed = row.boolean(6)};
}

Result<std::string> read_name(const Row& row) {
    return std::string(row.text(0));
}

Status put(storage::Unit& unit, const Seat& seat) {
    MORTISE_TRY(
        unit.run(kPutSeat, {seat.id, std::string_view(seat.limit), seat.tenant, std::string_view(seat.holder),
                            seat.taken_at, seat.expires_at, seat.borrowed}));
    return {};
}

Result<tenancy::Present> read_present(storage::Unit& unit, const Statement& statement,
                                      std::initializer_list<storage::Value> parameters) {
    tenancy::Present present;
    MORTISE_TRY(unit.run(statement, parameters, [&](const Row& row) {
        present = {static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))};
        return false;
    }));
    return present;
}

// What was given out as borrowed is good until its end, so it is counted until then.
void extend(Seat& seat, base::Micros until) noexcept {
    seat.expires_at = seat.borrowed ? std::max(seat.expires_at, until) : until;
}

Error not_found() {
    return {ErrorKind::kNotFound, "seat_not_found", "There is no such seat, or its lease has ended."};
}

Status check_request(const SeatRequest& request, const licenses::Limit& limit) {
    if (request.holder.empty() || request.holder.size() > kMaxHolder || !base::is_utf8(request.holder))
        return Error{ErrorKind::kInvalid,
                     "invalid_holder",
                     "A holder is named by 1 to 200 bytes of text.",
                     {},
                     {{"/holder", "invalid_holder", "1 to 200 bytes of text."}}};
    if (request.borrow_s > limit.borrow)
        return Error{ErrorKind::kUnprocessable, "borrow_too_long",
                     limit.borrow == 0
                         ? std::string("Seats of this limit can't be borrowed.")
                         : fmt::format("A seat may be borrowed for at most {} seconds.", limit.borrow)};
    return {};
}

}  // namespace

Result<const licenses::Limit*> Seats::find_limit(const Snapshot& licence, std::string_view name) const {
    const licenses::Limit* limit = licence.limit(name);
    if (limit == nullptr || limit->kind != licenses::LimitKind::kSeats)
        return Error{ErrorKind::kNotFound, "limit_not_found", "The licence has no seats of this name."};
    MORTISE_TRY(licence.write_allowed());
    return limit;
}

Result<Seat> Seats::check_out(const base::RequestContext& context, storage::Unit& unit,
                              const SeatRequest& request) {
    const auto licence = licence_.snapshot();
    MORTISE_TRY_ASSIGN(const licenses::Limit* limit, find_limit(*licence, request.limit));
    MORTISE_TRY(check_request(request, *limit));
    MORTISE_TRY(tenancy::lock_limit(unit, request.limit));
    const base::Micros now = licence_.now();
    MORTISE_TRY(unit.run(kFreeSeats, {std::string_view(request.limit), now}));
    MORTISE_TRY_ASSIGN(auto seat, tenancy::read_one(unit, kFindHolder,
                                                    {std::string_view(request.limit), context.tenant,
                                                     std::string_view(request.holder)},
                                                    read_seat));
    if (!seat) {
        MORTISE_TRY_ASSIGN(
            const auto present,
            read_present(unit, kCountSeats, {std::string_view(request.limit), context.tenant}));
        MORTISE_TRY(tenancy::check_one_more(licence_, request.limit, context.tenant_slug, present));
        seat = Seat{.id = base::new_uuid(clock_),
                    .limit = request.limit,
                    .tenant = context.tenant,
                    .holder = request.holder,
                    .taken_at = now};
    }
    const bool borrows = request.borrow_s > 0;
    extend(*seat, now + (borrows ? request.borrow_s : limit->lease) * kMicrosPerSecond);
    seat->borrowed = seat->borrowed || borrows;
    MORTISE_TRY(put(unit, *seat));
    return *std::move(seat);
}

Result<Seat> Seats::renew(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id) {
    MORTISE_TRY_ASSIGN(const auto name,
                       tenancy::read_one(unit, kLimitOfSeat, {id, context.tenant}, read_name));
    if (!name) return not_found();
    const auto licence = licence_.snapshot();
    MORTISE_TRY_ASSIGN(const licenses::Limit* limit, find_limit(*licence, *name));
    // Read after the lock: a check-out may just have given the seat, whose lease was over, to another.
    MORTISE_TRY(tenancy::lock_limit(unit, *name));
    const base::Micros now = licence_.now();
    MORTISE_TRY_ASSIGN(auto seat, tenancy::read_one(unit, kFindSeat, {id, context.tenant, now}, read_seat));
    if (!seat) return not_found();
    MORTISE_TRY(check_still_within(context, unit, *seat, now));
    extend(*seat, now + limit->lease * kMicrosPerSecond);
    MORTISE_TRY(put(unit, *seat));
    return *std::move(seat);
}

// Where there are fewer seats than there were, those that were taken last make place.
Status Seats::check_still_within(const base::RequestContext& context, storage::Unit& unit, const Seat& seat,
                                 base::Micros now) {
    MORTISE_TRY_ASSIGN(const auto elder, read_present(unit, kCountElder,
                                                      {std::string_view(seat.limit), context.tenant, now,
                                                       seat.taken_at, seat.id}));
    return tenancy::check_one_more(licence_, seat.limit, context.tenant_slug, elder);
}

Status Seats::give_back(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id) {
    MORTISE_TRY_ASSIGN(const auto seat,
                       tenancy::read_one(unit, kFindSeat, {id, context.tenant, licence_.now()}, read_seat));
    if (!seat) return not_found();
    if (seat->borrowed)
        return Error{
            ErrorKind::kConflict, "seat_borrowed",
            "The seat is borrowed, and its lease is good without the server: it is counted until it ends."};
    MORTISE_TRY(unit.run(kRemoveSeat, {id, context.tenant}));
    return {};
}

Result<std::vector<Seat>> Seats::list(const base::RequestContext& context, storage::Unit& unit) {
    return tenancy::read_all(unit, kSeatsOfTenant, {context.tenant, context.platform(), licence_.now()},
                             read_seat);
}

Result<std::int64_t> Seats::count(const base::RequestContext& context, storage::Unit& unit,
                                  std::string_view limit) {
    return tenancy::read_count(unit, kCountLive, {limit, context.tenant, context.platform(), licence_.now()});
}

// Leases end by themselves and mean nothing elsewhere.
Status SeatData::export_rows(storage::Unit&, const base::Uuid&, const tenancy::ExportSink&) {
    return {};
}

Status SeatData::remove_rows(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kRemoveSeatsOfTenant, {tenant}));
    MORTISE_TRY_ASSIGN(const auto borrowed, tenancy::read_all(unit, kBorrowedOfTenant, {tenant}, read_seat));
    for (const Seat& seat : borrowed)
        MORTISE_TRY(unit.run(kOrphanSeat, {seat.id, base::Uuid{},
                                           std::string_view("of a deleted tenant: " + seat.id.to_string())}));
    return {};
}

std::string Seats::token_of(const Seat& seat, std::string_view tenant_slug) const {
    return licenses::sign_lease({.installation = installation_.id,
                                 .id = seat.id.to_string(),
                                 .licence_id = licence_.snapshot()->line_id,
                                 .limit = seat.limit,
                                 .tenant = std::string(tenant_slug),
                                 .holder = seat.holder,
                                 .issued_at = licence_.now() / kMicrosPerSecond,
                                 .not_after = seat.expires_at / kMicrosPerSecond,
                                 .borrowed = seat.borrowed},
                                installation_.key);
}

}  // namespace mortise::licensing
