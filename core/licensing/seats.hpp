#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/licensing/installation.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/tenant_data.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licensing {

// A floating seat that somebody has.
struct Seat {
    base::Uuid id;
    std::string limit;   // the licence's limit of kind seats
    base::Uuid tenant;   // nil: the platform
    std::string holder;  // who has it, by the caller's own name for them
    base::Micros taken_at = 0;
    base::Micros expires_at = 0;  // the first moment at which it is free again
    bool borrowed = false;
};

struct SeatRequest {
    std::string limit;
    std::string holder;         // 1 to 200 bytes of UTF-8
    std::int64_t borrow_s = 0;  // for offline use, so many seconds; 0: an ordinary lease, to be renewed
};

// The seats of a tenant leave with it. Borrowed ones, whose leases are good without the server, stay counted
// until they end, as the platform's and without the holder's name.
class SeatData final : public tenancy::TenantData {
 public:
    base::Status export_rows(storage::Unit& unit, const base::Uuid& tenant,
                             const tenancy::ExportSink& sink) override;
    base::Status remove_rows(storage::Unit& unit, const base::Uuid& tenant) override;
};

// Seats that float: checked out, renewed, given back; one that isn't renewed is free when its lease has
// ended, and a borrowed one when its time has. Never more of them than the licence has. Each function works
// in the caller's unit of core.db. Thread-safe.
class Seats {
 public:
    Seats(const LicenceHolder& licence, const Installation& installation, const base::Clock& clock)
        : licence_(licence), installation_(installation), clock_(clock) {}

    // A seat for the holder in the context's tenant; who has one already gets the same again, renewed.
    // Errors: `limit_not_found` (404) for a limit that is none of seats, `license_limited` and
    // `license_required` (403), `borrow_too_long` (422), `license_limit_reached` (403), `invalid_holder`
    // (400).
    base::Result<Seat> check_out(const base::RequestContext& context, storage::Unit& unit,
                                 const SeatRequest& request);
    // Both `seat_not_found` (404), also when the lease has ended meanwhile; a borrowed seat is not given back
    // early (`seat_borrowed`, 409). Where there are fewer seats than there were, those that were taken last
    // are not renewed (`license_limit_reached`, 403).
    base::Result<Seat> renew(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id);
    base::Status give_back(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id);
    // Those of the context's tenant, or of all for the platform, by id; at most 1000.
    base::Result<std::vector<Seat>> list(const base::RequestContext& context, storage::Unit& unit);

    // How many are checked out: in the context's tenant, or of all for the platform.
    base::Result<std::int64_t> count(const base::RequestContext& context, storage::Unit& unit,
                                     std::string_view limit);

    // The lease as a document that can be shown without the server (lease/v1).
    std::string token_of(const Seat& seat, std::string_view tenant_slug) const;

 private:
    base::Status check_still_within(const base::RequestContext& context, storage::Unit& unit,
                                    const Seat& seat, base::Micros now);
    base::Result<const licenses::Limit*> find_limit(const Snapshot& licence, std::string_view name) const;

    const LicenceHolder& licence_;
    const Installation& installation_;
    const base::Clock& clock_;
};

}  // namespace mortise::licensing
