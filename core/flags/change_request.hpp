#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/change_set.hpp"
#include "core/flags/history.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/page.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// States of a change request. Open: it waits for approvals, for its time, or for somebody to apply it.
// Failed: it was due and could not be applied. An edit opens a failed one again; the others are final.
inline constexpr std::string_view kOpen = "open";
inline constexpr std::string_view kApplied = "applied";
inline constexpr std::string_view kRejected = "rejected";
inline constexpr std::string_view kWithdrawn = "withdrawn";
inline constexpr std::string_view kFailed = "failed";

struct ChangeRequest {
    base::Uuid id;
    base::Uuid tenant;  // nil: the platform's
    std::string environment;
    std::string title;
    std::string description;
    ChangeSet changes;
    std::string state;
    std::optional<base::Micros> apply_at;
    std::int64_t edition = 0;  // of what it says; approvals are of one edition
    std::int64_t version = 0;
    Author author;
    base::Uuid person;  // who stands behind the author: the owner of an API key
    std::string error;  // of a failed one: a code
    base::Micros created_at = 0;
    base::Micros updated_at = 0;
};

struct Review {
    base::Uuid reviewer;
    std::string label;
    std::int64_t edition = 0;
    bool approved = false;  // else rejected
    std::string comment;
    base::Micros reviewed_at = 0;
};

}  // namespace mortise::flags

namespace mortise::flags::repository {

base::Status insert_request(storage::Unit& unit, const ChangeRequest& request);
// Writes all that can change over the row of version `request.version - 1`; false if that is gone.
base::Result<bool> update_request(storage::Unit& unit, const ChangeRequest& request);
base::Result<std::optional<ChangeRequest>> find_request(storage::Unit& unit, const base::Uuid& tenant,
                                                        const base::Uuid& id);
// Of all states if none is given; one row more.
base::Result<std::vector<ChangeRequest>> requests(storage::Unit& unit, const base::Uuid& tenant,
                                                  std::string_view environment, std::string_view state,
                                                  const tenancy::PageBounds& bounds);
base::Result<std::int64_t> count_open_requests(storage::Unit& unit, const base::Uuid& tenant);
// Open ones of all owners whose time has come and that have their approvals, the longest due first, at most a
// hundred.
base::Result<std::vector<ChangeRequest>> due_requests(storage::Unit& unit, base::Micros now);

base::Status put_review(storage::Unit& unit, const base::Uuid& request, const Review& review);
base::Result<std::vector<Review>> reviews(storage::Unit& unit, const base::Uuid& request);
// Of all owners, what is not closed there: it can't be applied any more.
base::Status fail_requests_in(storage::Unit& unit, std::string_view environment, std::string_view error,
                              base::Micros now);
base::Status remove_requests(storage::Unit& unit, const base::Uuid& tenant);

}  // namespace mortise::flags::repository
