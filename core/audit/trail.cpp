#include "core/audit/trail.hpp"

#include "core/crypto/hash.hpp"
#include "core/crypto/random.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

namespace mortise::audit {
namespace {

using storage::Bytes;
using storage::Null;
using storage::Row;
using storage::Statement;
using storage::Type;
using storage::Value;

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kMaxName = 200;
constexpr std::size_t kMaxText = 16U << 10;
constexpr std::int64_t kMaxRows = 1000;

const std::vector<Type> kColumnTypes = {Type::kInteger, Type::kUuid,  Type::kTime,    Type::kText,
                                        Type::kText,    Type::kText,  Type::kInteger, Type::kUuid,
                                        Type::kUuid,    Type::kUuid,  Type::kText,    Type::kText,
                                        Type::kBytes,   Type::kBytes, Type::kBytes};
const std::string kColumns =
    "position, id, occurred_at, action, outcome, target, principal_kind, principal_id, actor_id, request_id, "
    "details, personal, personal_salt, personal_digest, hash";

const Statement kTake(
    "audit.take_position",
    "UPDATE head SET audit_position = audit_position + 1 RETURNING audit_position, audit_hash", {},
    {Type::kInteger, Type::kBytes});
const Statement kMakeHead("audit.make_head",
                          "INSERT INTO head (audit_position) VALUES (0) ON CONFLICT DO NOTHING", {});
const Statement kKeepHash("audit.keep_hash", "UPDATE head SET audit_hash = $1", {Type::kBytes});
const Statement kHead("audit.head", "SELECT audit_position, audit_hash FROM head", {},
                      {Type::kInteger, Type::kBytes});
const Statement kInsert("audit.insert",
                        "INSERT INTO audit (" + kColumns +
                            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
                        kColumnTypes);
const Statement kAll("audit.all", "SELECT " + kColumns + " FROM audit ORDER BY position", {}, kColumnTypes);
const Statement kList("audit.list",
                      "SELECT " + kColumns +
                          " FROM audit WHERE position < $1 ORDER BY position DESC LIMIT $2",
                      {Type::kInteger, Type::kInteger}, kColumnTypes);
const Statement kListWith(
    "audit.list_with",
    "SELECT " + kColumns + " FROM audit WHERE position < $1 AND details = $3 ORDER BY position DESC LIMIT $2",
    {Type::kInteger, Type::kInteger, Type::kText}, kColumnTypes);
const Statement kErase("audit.erase",
                       "UPDATE audit SET personal = NULL, personal_salt = NULL "
                       "WHERE principal_id = $1 AND personal IS NOT NULL",
                       {Type::kUuid});

struct Head {
    std::int64_t position = 0;
    std::string hash;  // empty before the first row
};

std::string to_string(const crypto::Digest& digest) {
    return std::string(crypto::as_bytes(digest));
}

void add_number(std::string& out, std::int64_t number) {
    const auto raw = static_cast<std::uint64_t>(number);
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(raw >> shift);
}

// With its length before it, so that no two rows give the same bytes.
void add_field(std::string& out, std::string_view field) {
    add_number(out, static_cast<std::int64_t>(field.size()));
    out += field;
}

std::string link(const std::string& before, const Record& record) {
    std::string bytes;
    add_field(bytes, before);
    add_number(bytes, record.position);
    add_field(bytes, record.id.as_bytes());
    add_number(bytes, record.time);
    add_field(bytes, record.action);
    add_field(bytes, record.outcome);
    add_field(bytes, record.target);
    add_number(bytes, record.principal_kind);
    add_field(bytes, record.principal.as_bytes());
    add_field(bytes, record.actor.as_bytes());
    add_field(bytes, record.request.as_bytes());
    add_field(bytes, record.details_json);
    add_field(bytes, record.personal_digest);
    return to_string(crypto::blake2b_256(bytes));
}

std::string digest_of(const std::string& salt, std::string_view personal) {
    return to_string(crypto::blake2b_256(salt + std::string(personal)));
}

Record read_record(const Row& row) {
    Record record{row.integer(0),
                  row.uuid(1),
                  row.integer(2),
                  std::string(row.text(3)),
                  std::string(row.text(4)),
                  std::string(row.text(5)),
                  row.integer(6),
                  row.uuid(7),
                  row.uuid(8),
                  row.uuid(9),
                  std::string(row.text(10)),
                  {},
                  {},
                  std::string(row.bytes(13)),
                  std::string(row.bytes(14))};
    if (!row.is_null(11)) record.personal = row.text(11);
    if (!row.is_null(12)) record.personal_salt = row.bytes(12);
    return record;
}

base::Status check(const Entry& entry) {
    const bool known = entry.outcome == "success" || entry.outcome == "denied" || entry.outcome == "failure";
    if (!known || entry.action.empty() || entry.action.size() > kMaxName || entry.target.size() > kMaxName ||
        entry.details_json.size() > kMaxText || (entry.personal && entry.personal->size() > kMaxText))
        return base::internal_error("audit: an entry of " + entry.action.substr(0, kMaxName) +
                                    " has a wrong outcome or is too long");
    return {};
}

base::Result<Head> take_position(storage::Unit& unit) {
    Head head;
    const auto keep = [&](const Row& row) {
        head = {row.integer(0), std::string(row.bytes(1))};
        return true;
    };
    MORTISE_TRY_ASSIGN(auto changed, unit.run(kTake, {}, keep));
    if (changed == 0) {  // the first row of this tenant
        MORTISE_TRY(unit.run(kMakeHead, {}));
        MORTISE_TRY_ASSIGN(changed, unit.run(kTake, {}, keep));
    }
    if (changed != 1) return base::internal_error("the head row is not one row");
    return head;
}

base::Status insert(storage::Unit& unit, const Record& record) {
    const Value personal = record.personal ? Value(std::string_view(*record.personal)) : Value(Null{});
    const Value salt = record.personal ? Value(Bytes{record.personal_salt}) : Value(Null{});
    MORTISE_TRY(unit.run(
        kInsert, {record.position, record.id, record.time, std::string_view(record.action),
                  std::string_view(record.outcome), std::string_view(record.target), record.principal_kind,
                  record.principal, record.actor, record.request, std::string_view(record.details_json),
                  personal, salt, Bytes{record.personal_digest}, Bytes{record.hash}}));
    return {};
}

std::int64_t first_below(std::int64_t before) noexcept {
    return before <= 0 ? std::numeric_limits<std::int64_t>::max() : before;
}

std::int64_t clamped(std::int64_t limit) noexcept {
    return std::clamp<std::int64_t>(limit, 1, kMaxRows);
}

base::Result<std::vector<Record>> read_records(storage::Unit& unit, const Statement& statement,
                                               std::initializer_list<Value> parameters) {
    std::vector<Record> records;
    MORTISE_TRY(unit.run(statement, parameters, [&](const Row& row) {
        records.push_back(read_record(row));
        return true;
    }));
    return records;
}

// Why a row does not follow the one before it; empty if it does.
std::string fault(const Head& before, const Record& record) {
    if (record.position != before.position + 1) return "a row is missing or was put in";
    if (record.hash != link(before.hash, record)) return "the row was changed";
    if (record.personal && record.personal_digest != digest_of(record.personal_salt, *record.personal))
        return "the row's personal data was changed";
    return {};
}

}  // namespace

base::Status Trail::append(storage::Unit& unit, const base::RequestContext& context,
                           const Entry& entry) const {
    MORTISE_TRY(check(entry));
    MORTISE_TRY_ASSIGN(const auto head, take_position(unit));
    Record record;
    record.position = head.position;
    record.id = base::new_uuid(clock_);
    record.time = clock_.now();
    record.action = entry.action;
    record.outcome = entry.outcome;
    record.target = entry.target;
    record.principal_kind = static_cast<std::int64_t>(context.principal.kind);
    record.principal = context.principal.id;
    record.actor = context.actor.id;
    record.request = context.request_id;
    record.details_json = entry.details_json;
    record.personal = entry.personal;
    if (entry.personal) {
        record.personal_salt = crypto::random_bytes(kSaltBytes);
        record.personal_digest = digest_of(record.personal_salt, *entry.personal);
    }
    record.hash = link(head.hash, record);
    MORTISE_TRY(insert(unit, record));
    MORTISE_TRY(unit.run(kKeepHash, {Bytes{record.hash}}));
    return {};
}

base::Result<std::vector<Record>> Trail::list(storage::Unit& unit, std::int64_t before,
                                              std::int64_t limit) const {
    return read_records(unit, kList, {first_below(before), clamped(limit)});
}

base::Result<std::vector<Record>> Trail::list_with(storage::Unit& unit, std::string_view details_json,
                                                   std::int64_t before, std::int64_t limit) const {
    return read_records(unit, kListWith, {first_below(before), clamped(limit), details_json});
}

base::Result<Verification> Trail::verify(storage::Unit& unit) const {
    Verification result;
    Head before;
    MORTISE_TRY(unit.run(kAll, {}, [&](const Row& row) {
        const auto record = read_record(row);
        ++result.rows;
        result.reason = fault(before, record);
        if (!result.reason.empty()) result.broken_at = before.position + 1;
        before = {record.position, record.hash};
        return result.intact();
    }));
    if (!result.intact()) return result;
    Head head;
    MORTISE_TRY(unit.run(kHead, {}, [&](const Row& row) {
        head = {row.integer(0), std::string(row.bytes(1))};
        return true;
    }));
    if (head.position != before.position || head.hash != before.hash) {
        result.broken_at = before.position + 1;
        result.reason = "the newest rows are missing";
    }
    return result;
}

base::Result<std::int64_t> Trail::erase_personal(storage::Unit& unit, const base::Uuid& principal) const {
    return unit.run(kErase, {principal});
}

}  // namespace mortise::audit
