#include "licenses/issuer/licence_table.hpp"

#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/output.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

#define LICENCE_COLUMNS                                                                                          \
    "id, line, sequence, subject, plan, model, signed_by, issued_at, not_before, not_after, status, status_at, " \
    "reason, replaced_by, price, note, batch, batch_row, token"

LicenceRow read(const Statement& row) {
    LicenceRow out;
    out.id = row.text(0);
    out.line = row.text(1);
    out.sequence = static_cast<std::uint64_t>(row.number(2));
    out.subject = row.text(3);
    out.plan = row.text(4);
    out.model = row.text(5);
    out.signed_by = row.text(6);
    out.issued_at = row.number(7);
    out.not_before = row.number(8);
    out.not_after = row.optional_number(9);
    out.status = row.text(10);
    out.status_at = row.number(11);
    out.reason = row.text(12);
    out.replaced_by = row.text(13);
    out.price = row.text(14);
    out.note = row.text(15);
    out.batch = row.text(16);
    out.batch_row = row.number(17);
    out.token = row.text(18);
    return out;
}

std::optional<LicenceRow> first(Statement& statement) {
    if (!statement.step()) return std::nullopt;
    LicenceRow row = read(statement);
    statement.reset();
    return row;
}

}  // namespace

LicenceTable::LicenceTable(Ledger& ledger)
    : ledger_(ledger),
      insert_(
          ledger.database().prepare("INSERT INTO licence (" LICENCE_COLUMNS
                                    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
                                    "?15, ?16, ?17, ?18, ?19)")),
      find_(ledger.database().prepare("SELECT " LICENCE_COLUMNS " FROM licence WHERE id = ?1")),
      sequence_(ledger.database().prepare("SELECT max(sequence) FROM licence WHERE subject = ?1")),
      in_batch_(ledger.database().prepare("SELECT " LICENCE_COLUMNS
                                          " FROM licence WHERE batch = ?1 AND batch_row = ?2")) {}

void LicenceTable::insert(const LicenceRow& row, std::string_view action) {
    insert_.with(row.id, row.line, static_cast<std::int64_t>(row.sequence), row.subject, row.plan, row.model,
                 row.signed_by, row.issued_at, row.not_before, row.not_after, row.status, row.status_at,
                 row.reason, row.replaced_by, row.price, row.note);
    if (row.batch.empty())
        insert_.bind_null(17).bind_null(18);
    else
        insert_.bind(17, row.batch).bind(18, row.batch_row);
    insert_.bind(19, row.token).run();
    ledger_.audit(action, row.id,
                  to_text({{"sub", row.subject}, {"plan", row.plan}, {"token", digest(row.token)}}));
}

std::optional<LicenceRow> LicenceTable::find(std::string_view id) {
    find_.with(id);
    return first(find_);
}

LicenceRow LicenceTable::get(std::string_view id) {
    if (auto row = find(id)) return *std::move(row);
    throw Failure("unknown_licence", "The ledger has no licence " + std::string(id) + ".");
}

LicenceRow LicenceTable::newest_of_line(std::string_view line) {
    Statement select = ledger_.database().prepare(
        "SELECT " LICENCE_COLUMNS " FROM licence WHERE line = ?1 ORDER BY sequence DESC LIMIT 1");
    select.with(line);
    if (auto row = first(select)) return *std::move(row);
    throw Failure("unknown_licence", "The ledger has no licence of the line " + std::string(line) + ".");
}

LicenceRow LicenceTable::present_of_line(std::string_view line) {
    std::optional<LicenceRow> present;
    for (LicenceRow& row : of_line(line))
        if (row.status == "active" && row.not_before <= ledger_.now()) present = std::move(row);
    return present ? *std::move(present) : newest_of_line(line);
}

std::vector<LicenceRow> LicenceTable::of_line(std::string_view line) {
    Statement select = ledger_.database().prepare("SELECT " LICENCE_COLUMNS
                                                  " FROM licence WHERE line = ?1 ORDER BY sequence");
    select.with(line);
    std::vector<LicenceRow> rows;
    while (select.step())
        rows.push_back(read(select));
    return rows;
}

std::optional<LicenceRow> LicenceTable::successor_of(const LicenceRow& row) {
    std::optional<LicenceRow> next = row;
    do {
        if (next->replaced_by.empty()) return std::nullopt;
        next = find(next->replaced_by);
        if (!next || next->line != row.line) return std::nullopt;
    } while (next->status == "superseded" || next->status == "revoked");
    return next;
}

std::optional<LicenceRow> LicenceTable::find_in_batch(std::string_view batch, std::int64_t row) {
    in_batch_.with(batch, row);
    return first(in_batch_);
}

std::uint64_t LicenceTable::next_sequence(std::string_view subject, std::uint64_t least) {
    std::uint64_t highest = 0;
    if (sequence_.with(subject).step()) {
        highest = static_cast<std::uint64_t>(sequence_.number(0));
        sequence_.reset();
    }
    return std::max(highest + 1, least);
}

void LicenceTable::set_status(const LicenceRow& row, std::string_view status, std::string_view reason,
                              std::string_view action) {
    ledger_.database()
        .prepare("UPDATE licence SET status = ?2, status_at = ?3, reason = ?4 WHERE id = ?1")
        .with(row.id, status, ledger_.now(), reason)
        .run();
    ledger_.audit(action, row.id, to_text({{"sub", row.subject}, {"reason", reason}}));
}

void LicenceTable::set_replaced_by(std::string_view id, std::string_view next) {
    ledger_.database().prepare("UPDATE licence SET replaced_by = ?2 WHERE id = ?1").with(id, next).run();
}

void LicenceTable::each(const std::function<void(const LicenceRow&)>& visit) {
    Statement select = ledger_.database().prepare("SELECT " LICENCE_COLUMNS " FROM licence ORDER BY id");
    while (select.step())
        visit(read(select));
}

}  // namespace mortise::issuer
