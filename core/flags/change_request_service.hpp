#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/flags/change_request.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"
#include "core/tenancy/page.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::flags {

inline constexpr std::int64_t kMaxOpenRequests = 1000;       // of one owner
inline constexpr std::size_t kMaxRequestTitle = 200;         // characters
inline constexpr std::size_t kMaxRequestDescription = 4000;  // characters

// Who asks, with the person behind it, who has to be another one than an approver.
struct Requester {
    const base::RequestContext& context;
    base::Uuid person;
};

// Whether the author of a request may still write flags of its owner: a due request is applied in that name.
using AuthorStands = std::function<base::Result<bool>(storage::Unit& unit, const ChangeRequest& request)>;

// Changes of flags that are made later, once enough people have agreed, or at a time. Belongs to the tenant
// and the environment of the context. Thread-safe.
class ChangeRequests {
 public:
    // All must outlive this object.
    ChangeRequests(const ChangeMakers& makers, const base::Clock& clock, AuthorStands author_stands)
        : makers_(makers), clock_(clock), author_stands_(std::move(author_stands)) {}

    struct Text {
        std::string title;
        std::string description;
        std::string changes;                   // JSON, see change_set.hpp
        std::optional<base::Micros> apply_at;  // if it is past, as soon as it may
    };
    // A request with what is known of it now.
    struct View {
        ChangeRequest request;
        std::vector<Review> reviews;
        std::int64_t approvals = 0;  // of what it says now
        std::int64_t approvals_required = 0;
        bool outdated = false;  // something of what it would replace is not what it was any more
    };

    // Errors: `invalid_change_request`, `invalid_body`, `invalid_flag`, `invalid_flag_set` (400) with
    // pointers, `too_many_change_requests` (409).
    base::Result<View> create(const Requester& requester, storage::Unit& unit, const Text& text);
    // Without reviews. `state` may be empty: all.
    base::Result<tenancy::Page<View>> list(const base::RequestContext& context, storage::Unit& unit,
                                           std::string_view state, const tenancy::PageRequest& request);
    // `change_request_not_found` (404).
    base::Result<View> get(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id);
    // Replaces what it says, for the state of now: approvals that it had count no longer. `not_the_author`
    // (403), `change_request_closed` (409), `version_mismatch` (412), and what create() has.
    base::Result<View> edit(const Requester& requester, storage::Unit& unit, const base::Uuid& id,
                            const Text& text, const tenancy::IfMatch& version);
    // A person who isn't the author agrees or refuses; one refusal ends it. `own_change_request`,
    // `person_required` (403), `change_request_closed` (409), `version_mismatch` (412).
    base::Result<View> review(const Requester& requester, storage::Unit& unit, const base::Uuid& id,
                              bool approve, std::string_view comment, const tenancy::IfMatch& version);
    base::Result<View> withdraw(const Requester& requester, storage::Unit& unit, const base::Uuid& id,
                                const tenancy::IfMatch& version);
    // Makes its changes, all or none. `approval_required`, `change_request_outdated`,
    // `change_request_scheduled` (if its time has not come), `change_request_closed` (409); or what a change
    // is refused with, with pointers.
    base::Result<View> apply(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id);

    // Applies those whose time has come and that are approved, each in a unit of its own, so that of several
    // nodes one does it and once; those of suspended tenants wait. What can't be applied fails, and says why:
    // `author_not_allowed` if its author may not write flags any more. To be called each second; the
    // number that were applied.
    base::Result<std::size_t> apply_due(storage::Database& database);

 private:
    base::Result<ChangeRequest> find(const base::RequestContext& context, storage::Unit& unit,
                                     const base::Uuid& id);
    base::Status fill(const base::RequestContext& context, storage::Unit& unit, const Text& text,
                      ChangeRequest& request);
    base::Status save(const base::RequestContext& context, storage::Unit& unit, ChangeRequest& request,
                      std::string_view action);
    base::Status apply_now(const base::RequestContext& context, storage::Unit& unit, ChangeRequest& request);
    base::Status apply_one_due(storage::Database& database, const ChangeRequest& seen, bool& applied);
    base::Result<View> view(const base::RequestContext& context, storage::Unit& unit, ChangeRequest request);

    const ChangeMakers makers_;
    const base::Clock& clock_;
    const AuthorStands author_stands_;
};

}  // namespace mortise::flags
