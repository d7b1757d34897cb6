#include "core/flags/history.hpp"
#include "core/tenancy/rows.hpp"

#include <utility>

namespace mortise::flags::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_count;
using tenancy::read_one;

#define MORTISE_HISTORY_COLUMNS                                                                       \
    "number, kind, subject, action, was, became, author_kind, author, author_label, actor, comment, " \
    "change_request, done_at"
const std::vector<Type> kHistoryColumns{Type::kInteger, Type::kText,    Type::kText, Type::kText, Type::kText,
                                        Type::kText,    Type::kInteger, Type::kUuid, Type::kText, Type::kUuid,
                                        Type::kText,    Type::kUuid,    Type::kTime};
const std::vector<Type> kHistoryRow{Type::kUuid,    Type::kText, Type::kText, Type::kText, Type::kInteger,
                                    Type::kText,    Type::kText, Type::kText, Type::kText, Type::kText,
                                    Type::kInteger, Type::kUuid, Type::kText, Type::kUuid, Type::kText,
                                    Type::kUuid,    Type::kTime};

// Units that write flags have their turns, so that no number is given twice.
const Statement kLastNumber{"flags.last_history",
                            "SELECT CAST(coalesce(max(number), 0) AS bigint) FROM flag_history "
                            "WHERE tenant_id = $1 AND environment = $2 AND space = $3 AND key = $4",
                            {Type::kUuid, Type::kText, Type::kText, Type::kText},
                            {Type::kInteger}};
const Statement kLastOfKind{
    "flags.last_history_of_kind",
    "SELECT CAST(coalesce(max(number), 0) AS bigint) FROM flag_history "
    "WHERE tenant_id = $1 AND environment = $2 AND space = $3 AND key = $4 AND kind = $5",
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kText},
    {Type::kInteger}};
const Statement kAddHistory{
    "flags.add_history",
    "INSERT INTO flag_history (tenant_id, environment, space, key, " MORTISE_HISTORY_COLUMNS
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    kHistoryRow};
const Statement kPruneHistory{
    "flags.prune_history",
    "DELETE FROM flag_history WHERE tenant_id = $1 AND environment = $2 AND space = $3 AND key = $4 AND kind = $5 "
    "AND number <= (SELECT n.number FROM flag_history n WHERE n.tenant_id = $1 AND n.environment = $2 "
    "AND n.space = $3 AND n.key = $4 AND n.kind = $5 ORDER BY n.number DESC LIMIT 1 OFFSET $6)",
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kText, Type::kInteger}};
const Statement kHistory{
    "flags.history",
    "SELECT " MORTISE_HISTORY_COLUMNS
    " FROM flag_history WHERE tenant_id = $1 AND environment = $2 AND space = $3 AND key = $4 "
    "AND number < $5 ORDER BY number DESC LIMIT $6",
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kInteger, Type::kInteger},
    kHistoryColumns};
const Statement kFindHistory{
    "flags.find_history",
    "SELECT " MORTISE_HISTORY_COLUMNS
    " FROM flag_history WHERE tenant_id = $1 AND environment = $2 AND space = $3 AND key = $4 AND number = $5",
    {Type::kUuid, Type::kText, Type::kText, Type::kText, Type::kInteger},
    kHistoryColumns};
const Statement kRemoveHistory{
    "flags.remove_history", "DELETE FROM flag_history WHERE tenant_id = $1", {Type::kUuid}};
const Statement kHistoryOfTenant{
    "flags.history_of_tenant",
    "SELECT " MORTISE_HISTORY_COLUMNS
    ", environment, space, key FROM flag_history WHERE tenant_id = $1 ORDER BY environment, space, key, number",
    {Type::kUuid},
    {Type::kInteger, Type::kText, Type::kText, Type::kText, Type::kText, Type::kText, Type::kInteger,
     Type::kUuid, Type::kText, Type::kUuid, Type::kText, Type::kUuid, Type::kTime, Type::kText, Type::kText,
     Type::kText}};

storage::Value or_null(const std::optional<std::string>& text) {
    return text ? storage::Value(std::string_view(*text)) : storage::Value(storage::Null{});
}
storage::Value or_null(const base::Uuid& id) {
    return id.is_nil() ? storage::Value(storage::Null{}) : storage::Value(id);
}
std::optional<std::string> text_at(const storage::Row& row, std::size_t column) {
    return row.is_null(column) ? std::nullopt : std::optional<std::string>(row.text(column));
}
base::Uuid id_at(const storage::Row& row, std::size_t column) {
    return row.is_null(column) ? base::Uuid{} : row.uuid(column);
}

base::Result<HistoryEntry> read_entry(const storage::Row& row) {
    return HistoryEntry{
        .number = row.integer(0),
        .kind = std::string(row.text(1)),
        .subject = std::string(row.text(2)),
        .action = std::string(row.text(3)),
        .was = text_at(row, 4),
        .became = text_at(row, 5),
        .author = {static_cast<base::PrincipalKind>(row.integer(6)), id_at(row, 7), std::string(row.text(8))},
        .actor = id_at(row, 9),
        .comment = std::string(row.text(10)),
        .change_request = id_at(row, 11),
        .done_at = row.integer(12)};
}

}  // namespace

base::Status add_history(storage::Unit& unit, const HistoryOf& of, const HistoryEntry& entry) {
    MORTISE_TRY_ASSIGN(const auto last,
                       read_count(unit, kLastNumber, {of.tenant, of.environment, of.space, of.key}));
    MORTISE_TRY(unit.run(
        kAddHistory, {of.tenant, of.environment, of.space, of.key, last + 1, std::string_view(entry.kind),
                      std::string_view(entry.subject), std::string_view(entry.action), or_null(entry.was),
                      or_null(entry.became), static_cast<std::int64_t>(entry.author.kind),
                      or_null(entry.author.id), std::string_view(entry.author.label), or_null(entry.actor),
                      std::string_view(entry.comment), or_null(entry.change_request), entry.done_at}));
    if (last < kMaxHistory) return {};
    MORTISE_TRY(unit.run(kPruneHistory, {of.tenant, of.environment, of.space, of.key,
                                         std::string_view(entry.kind), kMaxHistory}));
    return {};
}

base::Result<std::vector<HistoryEntry>> history(storage::Unit& unit, const HistoryOf& of, std::int64_t before,
                                                std::int64_t limit) {
    return read_all(unit, kHistory, {of.tenant, of.environment, of.space, of.key, before, limit}, read_entry);
}

base::Result<std::optional<HistoryEntry>> find_history(storage::Unit& unit, const HistoryOf& of,
                                                       std::int64_t number) {
    return read_one(unit, kFindHistory, {of.tenant, of.environment, of.space, of.key, number}, read_entry);
}

base::Result<std::int64_t> last_number(storage::Unit& unit, const HistoryOf& of, std::string_view kind) {
    return read_count(unit, kLastOfKind, {of.tenant, of.environment, of.space, of.key, kind});
}

base::Status remove_history(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kRemoveHistory, {tenant}));
    return {};
}

base::Status each_history(storage::Unit& unit, const base::Uuid& tenant, const HistorySink& sink) {
    base::Status told;
    MORTISE_TRY(unit.run(kHistoryOfTenant, {tenant}, [&](const storage::Row& row) {
        const auto entry = read_entry(row);
        told = sink({tenant, row.text(13), row.text(14), row.text(15)}, *entry);
        return told.ok();
    }));
    return told;
}

}  // namespace mortise::flags::repository
