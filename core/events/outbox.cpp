#include "core/events/outbox.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

namespace mortise::events {
namespace {

using base::Result;
using base::Status;
using storage::Row;
using storage::Statement;
using storage::Type;
using storage::Value;

// The position of the last of $1 new events.
const Statement kTakePositions{
    "events.take_positions",
    "INSERT INTO head (outbox_position) VALUES ($1) "
    "ON CONFLICT (tenant_id) DO UPDATE SET outbox_position = head.outbox_position + excluded.outbox_position "
    "RETURNING outbox_position",
    {Type::kInteger},
    {Type::kInteger}};

// The same in core.db, whose one row has another key. SQLite would not take its default, but number the row.
const Statement kTakePlatformPositions{
    "events.take_platform_positions",
    "INSERT INTO head (id, outbox_position) VALUES (1, $1) "
    "ON CONFLICT (id) DO UPDATE SET outbox_position = head.outbox_position + excluded.outbox_position "
    "RETURNING outbox_position",
    {Type::kInteger},
    {Type::kInteger}};

const Statement kInsertEvent{
    "events.insert",
    "INSERT INTO outbox (position, id, source, type, subject, occurred_at, data, correlation_id, cause_id) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    {Type::kInteger, Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kText,
     Type::kUuid, Type::kUuid}};

const Statement kRead{
    "events.read",
    "SELECT position, id, source, type, subject, occurred_at, data, correlation_id, cause_id FROM outbox "
    "WHERE position > $1 ORDER BY position LIMIT $2",
    {Type::kInteger, Type::kInteger},
    {Type::kInteger, Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kTime, Type::kText,
     Type::kUuid, Type::kUuid}};

StoredEvent read_row(const Row& row) {
    return {row.integer(0),
            row.uuid(1),
            {std::string(row.text(3)), std::string(row.text(2)), std::string(row.text(4)),
             std::string(row.text(6))},
            row.integer(5),
            row.uuid(7),
            row.uuid(8)};
}

}  // namespace

Status Outbox::append(storage::Unit& unit, const base::RequestContext& context,
                      std::span<const Event> events) {
    if (events.empty()) return {};
    const auto count = static_cast<std::int64_t>(events.size());
    std::int64_t position = 0;
    const Statement& take = unit.tenant().is_nil() ? kTakePlatformPositions : kTakePositions;
    MORTISE_TRY(unit.run(take, {count}, [&](const Row& row) {
        position = row.integer(0) - count;
        return true;
    }));
    const base::Micros now = clock_.now();
    for (const Event& event : events)
        MORTISE_TRY(
            unit.run(kInsertEvent, {++position, base::new_uuid(clock_), std::string_view(event.source),
                                    std::string_view(event.type), std::string_view(event.subject), now,
                                    std::string_view(event.data), context.correlation, context.request_id}));
    return {};
}

Result<std::vector<StoredEvent>> Outbox::read(storage::Unit& unit, std::int64_t after, std::uint32_t limit) {
    std::vector<StoredEvent> events;
    MORTISE_TRY(unit.run(kRead, {after, std::int64_t{limit}}, [&](const Row& row) {
        events.push_back(read_row(row));
        return true;
    }));
    return events;
}

std::string to_cloud_event(const StoredEvent& stored) {
    std::string json = "{\"specversion\":\"1.0\"";
    const auto add = [&](std::string_view name, std::string_view value) {
        json += fmt::format(",\"{}\":\"", name);
        base::append_json_escaped(json, value);
        json += '"';
    };
    add("id", stored.id.to_string());
    add("source", stored.event.source);
    add("type", stored.event.type);
    add("subject", stored.event.subject);
    add("time", base::format_rfc3339(stored.time));
    add("datacontenttype", "application/json");
    add("correlationid", stored.correlation.to_string());
    add("causeid", stored.cause.to_string());
    json += fmt::format(",\"position\":\"{}\",\"data\":{}}}", stored.position, stored.event.data);
    return json;
}

}  // namespace mortise::events
