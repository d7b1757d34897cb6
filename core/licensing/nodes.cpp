#include "core/licensing/nodes.hpp"

#include "core/tenancy/quota.hpp"
#include "core/tenancy/rows.hpp"

namespace mortise::licensing {
namespace {

using storage::Statement;
using storage::Type;

const Statement kForgetGone{"licensing.forget_gone_nodes",
                            "DELETE FROM licence_nodes WHERE seen_at < $1 OR seen_at > $2",
                            {Type::kTime, Type::kTime}};
const Statement kCountOthers{"licensing.count_nodes",
                             "SELECT count(*) FROM licence_nodes WHERE id <> $1 AND seen_at >= $2",
                             {Type::kUuid, Type::kTime},
                             {Type::kInteger}};
const Statement kSeen{
    "licensing.beat", "UPDATE licence_nodes SET seen_at = $2 WHERE id = $1", {Type::kUuid, Type::kTime}};
const Statement kTakePlace{
    "licensing.take_place",
    "INSERT INTO licence_nodes (id, name, started_at, seen_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (id) DO UPDATE SET name = excluded.name, started_at = excluded.started_at, "
    "seen_at = excluded.seen_at",
    {Type::kUuid, Type::kText, Type::kTime, Type::kTime}};
const Statement kLeave{"licensing.leave", "DELETE FROM licence_nodes WHERE id = $1", {Type::kUuid}};

constexpr base::Micros kGoneMicros = std::chrono::microseconds(Nodes::kGone).count();

base::Result<std::uint64_t> count_nodes(storage::Unit& unit, const base::Uuid& except, base::Micros since) {
    MORTISE_TRY_ASSIGN(const auto count, tenancy::read_count(unit, kCountOthers, {except, since}));
    return static_cast<std::uint64_t>(count);
}

}  // namespace

base::Status Nodes::join(storage::Unit& unit) {
    MORTISE_TRY(tenancy::lock_limit(unit, "nodes"));
    // A heartbeat from the future is one of a clock that has been put right since.
    const base::Micros now = clock_.now();
    MORTISE_TRY(unit.run(kForgetGone, {now - kGoneMicros, now + kGoneMicros}));
    MORTISE_TRY_ASSIGN(const auto others, count_nodes(unit, id_, 0));
    MORTISE_TRY(tenancy::check_one_more(licence_, "nodes", "", {others, 0}));
    MORTISE_TRY(unit.run(kTakePlace, {id_, std::string_view(name_), started_at_, now}));
    return {};
}

base::Status Nodes::beat(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(const auto seen, unit.run(kSeen, {id_, clock_.now()}));
    return seen > 0 ? base::Status() : join(unit);
}

base::Status Nodes::leave(storage::Unit& unit) {
    MORTISE_TRY(unit.run(kLeave, {id_}));
    return {};
}

base::Result<std::uint64_t> Nodes::count(storage::Unit& unit) const {
    return count_nodes(unit, base::Uuid{}, clock_.now() - kGoneMicros);
}

}  // namespace mortise::licensing
