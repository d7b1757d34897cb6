#include "licenses/issuer/activation_table.hpp"

#include "licenses/document/paserk.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/output.hpp"

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

constexpr const char* kSelectActivations =
    "SELECT id, line, installation, public, request_id, issued_at, not_after, released_at, token FROM activation ";

ActivationRow read_activation_row(const Statement& row) {
    return {row.text(0),
            row.text(1),
            row.text(2),
            row.text(3),
            row.text(4),
            row.number(5),
            row.optional_number(6),
            row.optional_number(7),
            row.text(8)};
}

std::optional<ActivationRow> first_activation(Statement& select) {
    if (!select.step()) return std::nullopt;
    return read_activation_row(select);
}

}  // namespace

void ActivationTable::insert(const licenses::Activation& activation, std::string_view token) {
    ledger_.database()
        .prepare(
            "INSERT INTO activation (id, line, installation, public, request_id, issued_at, not_after, token) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        .with(activation.id, activation.licence_id, activation.installation,
              licenses::to_paserk(activation.key), activation.request_id, activation.issued_at,
              activation.not_after, token)
        .run();
    ledger_.audit("activation.issued", activation.id,
                  to_text({{"line", activation.licence_id},
                           {"installation", activation.installation},
                           {"token", digest(token)}}));
}

std::optional<ActivationRow> ActivationTable::find_by_request(std::string_view request_id) {
    Statement select = ledger_.database().prepare(std::string(kSelectActivations) + "WHERE request_id = ?1");
    return first_activation(select.with(request_id));
}

ActivationRow ActivationTable::get(std::string_view id) {
    Statement select = ledger_.database().prepare(std::string(kSelectActivations) + "WHERE id = ?1");
    if (auto row = first_activation(select.with(id))) return *std::move(row);
    throw Failure("unknown_activation", "The ledger has no activation " + std::string(id) + ".");
}

std::vector<ActivationRow> ActivationTable::in_use(std::string_view line) {
    Statement select = ledger_.database().prepare(
        std::string(kSelectActivations) +
        "WHERE line = ?1 AND released_at IS NULL AND (not_after IS NULL OR not_after > ?2) ORDER BY id");
    select.with(line, ledger_.now());
    std::vector<ActivationRow> out;
    while (select.step())
        out.push_back(read_activation_row(select));
    return out;
}

std::optional<ActivationRow> ActivationTable::of_installation(std::string_view installation) {
    Statement select = ledger_.database().prepare(
        std::string(kSelectActivations) +
        "WHERE installation = ?1 AND released_at IS NULL ORDER BY id DESC LIMIT 1");
    return first_activation(select.with(installation));
}

std::vector<std::string> ActivationTable::released(std::string_view line) {
    Statement select =
        ledger_.database().prepare("SELECT id FROM activation WHERE line = ?1 AND released_at IS NOT NULL");
    select.with(line);
    std::vector<std::string> out;
    while (select.step())
        out.push_back(select.text(0));
    return out;
}

void ActivationTable::release(const ActivationRow& row, std::string_view reason) {
    ledger_.database()
        .prepare("UPDATE activation SET released_at = ?2 WHERE id = ?1")
        .with(row.id, ledger_.now())
        .run();
    ledger_.audit("activation.released", row.id, to_text({{"line", row.line}, {"reason", reason}}));
}

void ActivationTable::each(const std::function<void(const ActivationRow&)>& visit) {
    Statement select = ledger_.database().prepare(std::string(kSelectActivations) + "ORDER BY id");
    while (select.step())
        visit(read_activation_row(select));
}

}  // namespace mortise::issuer
