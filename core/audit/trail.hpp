#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::audit {

// What was done, for the trail. Who did it and in which request comes from the context.
struct Entry {
    std::string action;               // such as "identity.login"
    std::string outcome = "success";  // success, denied or failure
    std::string target;               // what it was done to, such as an id; no personal data
    std::string details_json = "{}";  // no personal data either
    std::optional<std::string>
        personal;  // such as an e-mail or address: can be erased, only its digest is chained
};

// A row of the trail.
struct Record {
    std::int64_t position = 0;  // from 1, without gaps, in each tenant
    base::Uuid id;
    base::Micros time = 0;
    std::string action;
    std::string outcome;
    std::string target;
    std::int64_t principal_kind = 0;  // base::PrincipalKind
    base::Uuid principal;
    base::Uuid actor;
    base::Uuid request;
    std::string details_json;
    std::optional<std::string> personal;  // none: there was none, or it was erased
    std::string personal_salt;
    std::string personal_digest;
    std::string hash;
};

// The outcome of a check of the whole chain.
struct Verification {
    std::int64_t rows = 0;       // looked at
    std::int64_t broken_at = 0;  // the first position that does not fit; 0 if all do
    std::string reason;          // empty if all fit
    bool intact() const noexcept { return broken_at == 0; }
};

// The trail of a tenant, or of the platform in the core's database. Each row's hash is BLAKE2b-256 over the
// hash before it and the row's own fields, each with its length, so that a row that was changed, removed or
// put in shows. Whoever can rewrite the whole chain and its head is not found out by it alone. Without state
// but the clock: threads may share it.
class Trail {
 public:
    // `clock` must outlive it.
    explicit Trail(const base::Clock& clock) : clock_(clock) {}

    // Adds a row to a writing unit. Locks the head row to the end of the transaction, so it comes last before
    // commit.
    base::Status append(storage::Unit& unit, const base::RequestContext& context, const Entry& entry) const;

    // Newest first, before a position (0: from the newest), at most `limit` (1 to 1000).
    base::Result<std::vector<Record>> list(storage::Unit& unit, std::int64_t before,
                                           std::int64_t limit) const;
    // The same, of the rows with exactly these details.
    base::Result<std::vector<Record>> list_with(storage::Unit& unit, std::string_view details_json,
                                                std::int64_t before, std::int64_t limit) const;

    // Reads every row. A broken chain is an answer, not an error.
    base::Result<Verification> verify(storage::Unit& unit) const;

    // Erases the personal data of one principal's rows; the chain still holds. Answers how many rows.
    base::Result<std::int64_t> erase_personal(storage::Unit& unit, const base::Uuid& principal) const;

 private:
    const base::Clock& clock_;
};

}  // namespace mortise::audit
