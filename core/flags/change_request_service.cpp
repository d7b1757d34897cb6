#include "core/flags/change_request_service.hpp"

#include "core/base/text.hpp"
#include "core/flags/approvals.hpp"
#include "core/flags/service_rules.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/strict_json.hpp"
#include "core/tenancy/trail.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr base::Micros kLate = 300 * base::kMicrosPerSecond;  // what clocks may differ by

Error conflict(std::string code, std::string detail) {
    return {ErrorKind::kConflict, std::move(code), std::move(detail)};
}

Error closed() {
    return conflict("change_request_closed", "The change request is not open any more.");
}

Error mismatch() {
    return {ErrorKind::kPrecondition, "version_mismatch",
            "The change request has changed since it was read; read it again."};
}

Status check_text(std::string_view text, std::size_t least, std::size_t most, const std::string& pointer) {
    const auto length = base::utf8_length(text);
    if (length >= least && length <= most) return {};
    const std::string detail =
        "This member has " + std::to_string(least) + " to " + std::to_string(most) + " characters.";
    return Error{ErrorKind::kInvalid,
                 "invalid_change_request",
                 "The change request has faults; see `errors`.",
                 {},
                 {{pointer, "invalid_length", detail}}};
}

bool is_final(const ChangeRequest& request) {
    return request.state != kOpen && request.state != kFailed;
}

bool is_author(const Requester& requester, const ChangeRequest& request) {
    return requester.person == request.person || requester.context.principal.id == request.author.id;
}

std::int64_t approvals_of(const ChangeRequest& request, const std::vector<Review>& reviews) {
    return std::count_if(reviews.begin(), reviews.end(), [&](const Review& review) {
        return review.approved && review.edition == request.edition;
    });
}

// In whose name a due request is applied, as its author left it.
base::RequestContext context_of(const ChangeRequest& request) {
    auto context = tenancy::system_context();
    context.tenant = request.tenant;
    context.environment = request.environment;
    context.principal = {request.author.kind, request.author.id, request.author.label};
    return context;
}

}  // namespace

Result<ChangeRequest> ChangeRequests::find(const base::RequestContext& context, storage::Unit& unit,
                                           const base::Uuid& id) {
    MORTISE_TRY_ASSIGN(auto found, repository::find_request(unit, context.tenant, id));
    if (found && found->environment == context.environment) return *std::move(found);
    return Error{ErrorKind::kNotFound, "change_request_not_found", "There is no change request of this id."};
}

// What the request says, and for which state of things it says it.
Status ChangeRequests::fill(const base::RequestContext& context, storage::Unit& unit, const Text& text,
                            ChangeRequest& request) {
    MORTISE_TRY(check_text(text.title, 1, kMaxRequestTitle, "/title"));
    MORTISE_TRY(check_text(text.description, 0, kMaxRequestDescription, "/description"));
    if (text.apply_at && *text.apply_at < clock_.now() - kLate)
        return Error{
            ErrorKind::kInvalid,
            "invalid_change_request",
            "The change request has faults; see `errors`.",
            {},
            {{"/apply_at", "time_past", "This time is past; leave apply_at out to apply it yourself."}}};
    nlohmann::json changes;
    MORTISE_TRY(tenancy::parse_strict_json(text.changes,
                                           {.size = kMaxChangesSize, .depth = kMaxRuleJsonDepth}, changes));
    MORTISE_TRY_ASSIGN(auto parsed, parse_changes(changes));
    MORTISE_TRY(check_changes(context, unit, parsed));
    MORTISE_TRY_ASSIGN(auto bases, bases_now(context, unit, makers_, parsed));
    for (std::size_t i = 0; i < parsed.size(); ++i)
        parsed[i].base = std::move(bases[i]);
    request.title = text.title;
    request.description = text.description;
    request.changes = std::move(parsed);
    request.apply_at = text.apply_at;
    request.state = kOpen;
    request.error.clear();
    ++request.edition;
    return {};
}

Status ChangeRequests::save(const base::RequestContext& context, storage::Unit& unit, ChangeRequest& request,
                            std::string_view action) {
    request.updated_at = clock_.now();
    ++request.version;
    if (request.version == 1) {
        MORTISE_TRY(repository::insert_request(unit, request));
    } else {
        MORTISE_TRY_ASSIGN(const bool saved, repository::update_request(unit, request));
        if (!saved) return mismatch();
    }
    return tenancy::record(context, unit, clock_, action, "flag_change_request:" + request.id.to_string());
}

Result<ChangeRequests::View> ChangeRequests::view(const base::RequestContext& context, storage::Unit& unit,
                                                  ChangeRequest request) {
    View view{.request = std::move(request)};
    MORTISE_TRY_ASSIGN(view.reviews, repository::reviews(unit, view.request.id));
    MORTISE_TRY_ASSIGN(view.approvals_required,
                       approvals_required(unit, context.tenant, context.environment));
    view.approvals = approvals_of(view.request, view.reviews);
    if (is_final(view.request)) return view;
    const auto bases = bases_now(context, unit, makers_, view.request.changes);
    view.outdated = !bases.ok();  // what can't even be asked for any more
    for (std::size_t i = 0; bases.ok() && i < bases->size(); ++i)
        view.outdated = view.outdated || (*bases)[i] != view.request.changes[i].base;
    return view;
}

Result<ChangeRequests::View> ChangeRequests::create(const Requester& requester, storage::Unit& unit,
                                                    const Text& text) {
    const auto& context = requester.context;
    MORTISE_TRY_ASSIGN(const auto open, repository::count_open_requests(unit, context.tenant));
    if (open >= kMaxOpenRequests)
        return conflict("too_many_change_requests",
                        "There are 1000 change requests that are not closed; withdraw some.");
    const auto& principal = context.principal;
    ChangeRequest request{.id = base::new_uuid(clock_),
                          .tenant = context.tenant,
                          .environment = context.environment,
                          .author = {principal.kind, principal.id, principal.label},
                          .person = requester.person,
                          .created_at = clock_.now()};
    MORTISE_TRY(fill(context, unit, text, request));
    MORTISE_TRY(save(context, unit, request, "flag_change_request.created"));
    return view(context, unit, std::move(request));
}

Result<tenancy::Page<ChangeRequests::View>> ChangeRequests::list(const base::RequestContext& context,
                                                                 storage::Unit& unit, std::string_view state,
                                                                 const tenancy::PageRequest& request) {
    MORTISE_TRY_ASSIGN(const auto bounds, tenancy::page_bounds(request));
    MORTISE_TRY_ASSIGN(auto rows,
                       repository::requests(unit, context.tenant, context.environment, state, bounds));
    MORTISE_TRY_ASSIGN(const auto required, approvals_required(unit, context.tenant, context.environment));
    auto page = tenancy::make_page(std::move(rows), bounds.limit);
    tenancy::Page<View> views{.items = {}, .next_cursor = page.next_cursor};
    for (auto& row : page.items) {
        MORTISE_TRY_ASSIGN(const auto reviews, repository::reviews(unit, row.id));
        View view{.approvals = approvals_of(row, reviews), .approvals_required = required};
        view.request = std::move(row);
        views.items.push_back(std::move(view));
    }
    return views;
}

Result<ChangeRequests::View> ChangeRequests::get(const base::RequestContext& context, storage::Unit& unit,
                                                 const base::Uuid& id) {
    MORTISE_TRY_ASSIGN(auto request, find(context, unit, id));
    return view(context, unit, std::move(request));
}

Result<ChangeRequests::View> ChangeRequests::edit(const Requester& requester, storage::Unit& unit,
                                                  const base::Uuid& id, const Text& text,
                                                  const tenancy::IfMatch& version) {
    const auto& context = requester.context;
    MORTISE_TRY_ASSIGN(auto request, find(context, unit, id));
    if (!is_author(requester, request))
        return Error{ErrorKind::kForbidden, "not_the_author", "Only its author edits a change request."};
    if (!version.admits(request.version)) return mismatch();
    if (is_final(request)) return closed();
    MORTISE_TRY(fill(context, unit, text, request));
    MORTISE_TRY(save(context, unit, request, "flag_change_request.edited"));
    return view(context, unit, std::move(request));
}

Result<ChangeRequests::View> ChangeRequests::review(const Requester& requester, storage::Unit& unit,
                                                    const base::Uuid& id, bool approve,
                                                    std::string_view comment,
                                                    const tenancy::IfMatch& version) {
    const auto& context = requester.context;
    MORTISE_TRY(check_text(comment, 0, kMaxComment, "/comment"));
    MORTISE_TRY_ASSIGN(auto request, find(context, unit, id));
    const auto& who = context.actor.id.is_nil() ? context.principal : context.actor;
    if (who.kind != base::PrincipalKind::kUser)
        return Error{ErrorKind::kForbidden, "person_required",
                     "A person reviews a change request, not an API key."};
    if (is_author(requester, request) || who.id == request.person)
        return Error{ErrorKind::kForbidden, "own_change_request",
                     "Somebody else than the author reviews a change request."};
    if (!version.admits(request.version)) return mismatch();
    if (request.state != kOpen) return closed();
    MORTISE_TRY(repository::put_review(unit, id,
                                       {.reviewer = who.id,
                                        .label = who.label,
                                        .edition = request.edition,
                                        .approved = approve,
                                        .comment = std::string(comment),
                                        .reviewed_at = clock_.now()}));
    if (!approve) request.state = kRejected;
    MORTISE_TRY(save(context, unit, request,
                     approve ? "flag_change_request.approved" : "flag_change_request.rejected"));
    return view(context, unit, std::move(request));
}

Result<ChangeRequests::View> ChangeRequests::withdraw(const Requester& requester, storage::Unit& unit,
                                                      const base::Uuid& id, const tenancy::IfMatch& version) {
    const auto& context = requester.context;
    MORTISE_TRY_ASSIGN(auto request, find(context, unit, id));
    if (!is_author(requester, request))
        return Error{ErrorKind::kForbidden, "not_the_author", "Only its author withdraws a change request."};
    if (!version.admits(request.version)) return mismatch();
    if (is_final(request)) return closed();
    request.state = kWithdrawn;
    MORTISE_TRY(save(context, unit, request, "flag_change_request.withdrawn"));
    return view(context, unit, std::move(request));
}

// The unit has had its turn, so that nothing that is read here changes before it ends.
Status ChangeRequests::apply_now(const base::RequestContext& context, storage::Unit& unit,
                                 ChangeRequest& request) {
    if (request.state != kOpen) return closed();
    if (request.apply_at && *request.apply_at > clock_.now())
        return conflict("change_request_scheduled",
                        "The change request is applied at its time; edit it to apply it now.");
    MORTISE_TRY_ASSIGN(const bool exists, environment_exists(unit, context.environment));
    if (!exists) return environment_not_found();
    MORTISE_TRY_ASSIGN(const auto required, approvals_required(unit, context.tenant, context.environment));
    MORTISE_TRY_ASSIGN(const auto reviews, repository::reviews(unit, request.id));
    if (approvals_of(request, reviews) < required)
        return conflict("approval_required", "The change request has too few approvals.");
    const auto outdated =
        conflict("change_request_outdated",
                 "What the change request would replace has changed since; edit it to look at it anew.");
    const auto bases = bases_now(context, unit, makers_, request.changes);
    if (!bases) return bases.error().kind == ErrorKind::kNotFound ? outdated : bases.error();
    for (std::size_t i = 0; i < bases->size(); ++i)
        if ((*bases)[i] != request.changes[i].base) return outdated;
    base::RequestContext approved = context;
    approved.approved = true;
    approved.cause = request.id;
    if (approved.comment.empty()) approved.comment = request.title;
    MORTISE_TRY(apply_changes(approved, unit, makers_, request.changes));
    request.state = kApplied;
    return save(context, unit, request, "flag_change_request.applied");
}

Result<ChangeRequests::View> ChangeRequests::apply(const base::RequestContext& context, storage::Unit& unit,
                                                   const base::Uuid& id) {
    auto turn = context;
    turn.approved = true;  // or not: apply_now() looks
    MORTISE_TRY(begin_write(turn, unit));
    MORTISE_TRY_ASSIGN(auto request, find(context, unit, id));
    MORTISE_TRY(apply_now(context, unit, request));
    return view(context, unit, std::move(request));
}

Status ChangeRequests::apply_one_due(storage::Database& database, const ChangeRequest& seen, bool& applied) {
    const auto context = context_of(seen);
    auto turn = context;
    turn.approved = true;
    const auto done =
        tenancy::run_core(database, clock_, storage::Access::kWrite, [&](storage::Unit& unit) -> Status {
            MORTISE_TRY(begin_write(turn, unit));
            MORTISE_TRY_ASSIGN(auto request, find(context, unit, seen.id));
            MORTISE_TRY_ASSIGN(const bool stands, author_stands_(unit, request));
            if (!stands)
                return Error{ErrorKind::kForbidden, "author_not_allowed",
                             "Its author may not change these flags any more."};
            return apply_now(context, unit, request);
        });
    applied = done.ok();
    if (done) return {};
    const auto& error = done.error();
    // It waits on, or another node was first, or the database has to work again before anything is said.
    const bool waits = error.code == "approval_required" || error.code == "change_request_closed" ||
                       error.code == "change_request_scheduled" || error.code == "change_request_not_found";
    if (waits) return {};
    if (error.kind == ErrorKind::kInternal || error.kind == ErrorKind::kUnavailable ||
        error.kind == ErrorKind::kTimeout)
        return error;
    return tenancy::run_core(database, clock_, storage::Access::kWrite, [&](storage::Unit& unit) -> Status {
        MORTISE_TRY(begin_write(turn, unit));
        MORTISE_TRY_ASSIGN(auto request, find(context, unit, seen.id));
        if (request.version != seen.version) return {};  // something was done about it
        request.state = kFailed;
        request.error = error.code;
        return save(context, unit, request, "flag_change_request.failed");
    });
}

Result<std::size_t> ChangeRequests::apply_due(storage::Database& database) {
    MORTISE_TRY_ASSIGN(const auto due,
                       tenancy::run_core(database, clock_, storage::Access::kRead, [&](storage::Unit& unit) {
                           return repository::due_requests(unit, clock_.now());
                       }));
    std::size_t count = 0;
    Status worst;
    for (const auto& request : due) {
        bool applied = false;
        auto done = apply_one_due(database, request, applied);
        if (!done) worst = std::move(done);
        if (applied) ++count;
    }
    if (!worst) return std::move(worst).error();
    return count;
}

}  // namespace mortise::flags
