#pragma once

#include "licenses/document/licence.hpp"
#include "licenses/issuer/ledger.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::issuer {

// A licence as the ledger keeps it.
struct LicenceRow {
    std::string id, line;
    std::uint64_t sequence = 0;
    std::string subject, plan, model, signed_by;
    licenses::Seconds issued_at = 0, not_before = 0;
    std::optional<licenses::Seconds> not_after;
    std::string status = "active";  // active; superseded by another at once; suspended; revoked
    licenses::Seconds status_at = 0;
    std::string reason, replaced_by;  // replaced_by: the licence that follows it, at once or at its end
    std::string price;                // "1200.00 EUR", for the whole term; or ""
    std::string note;
    std::string batch;  // with batch_row: from which list it was issued; "" if from none
    std::int64_t batch_row = 0;
    std::string token;
};

// The licences of a ledger. Its statements are prepared once, as a list of a hundred thousand is issued with
// them.
class LicenceTable {
 public:
    explicit LicenceTable(Ledger& ledger);

    // Inside the caller's transaction, with the entry in the trail; `action` says what made it.
    void insert(const LicenceRow& row, std::string_view action);

    std::optional<LicenceRow> find(std::string_view id);
    // Throws Failure `unknown_licence`.
    LicenceRow get(std::string_view id);
    // The one of a line with the highest sequence. Throws Failure `unknown_licence`.
    LicenceRow newest_of_line(std::string_view line);
    // The one of a line that counts now: the newest that is active and has begun; the newest at all if none
    // is. Throws Failure `unknown_licence`.
    LicenceRow present_of_line(std::string_view line);
    std::vector<LicenceRow> of_line(std::string_view line);  // ascending by sequence
    // What follows a licence, at once or at its end, past what was replaced itself; none if nothing does, or
    // if it was revoked or handed over.
    std::optional<LicenceRow> successor_of(const LicenceRow& row);
    std::optional<LicenceRow> find_in_batch(std::string_view batch, std::int64_t row);

    // Later than `least` and than every sequence that the subject has.
    std::uint64_t next_sequence(std::string_view subject, std::uint64_t least);

    void set_status(const LicenceRow& row, std::string_view status, std::string_view reason,
                    std::string_view action);
    void set_replaced_by(std::string_view id, std::string_view next);

    // In the order of their ids, which is that of their issue.
    void each(const std::function<void(const LicenceRow&)>& visit);

 private:
    Ledger& ledger_;
    Statement insert_, find_, sequence_, in_batch_;
};

}  // namespace mortise::issuer
