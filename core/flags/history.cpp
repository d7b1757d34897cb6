#include "core/flags/history.hpp"

#include "core/flags/approvals.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/snapshots.hpp"

namespace mortise::flags {
namespace {

std::string_view action_of(const Change& change) noexcept {
    if (!change.was) return "created";
    return change.became ? "updated" : "deleted";
}

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace

base::Status begin_write(const base::RequestContext& context, storage::Unit& unit,
                         std::string_view environment) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, FlagStore::kName));
    if (context.approved) return {};
    MORTISE_TRY_ASSIGN(
        const auto needed,
        approvals_required(unit, context.tenant,
                           environment.empty() ? std::string_view(context.environment) : environment));
    if (needed == 0) return {};
    return base::Error{base::ErrorKind::kConflict, "approval_required",
                       "Changes of this environment need approvals; make a change request."};
}

base::Status keep_history(const base::RequestContext& context, storage::Unit& unit, const base::Clock& clock,
                          const Change& change) {
    HistoryEntry entry{.kind = std::string(change.kind),
                       .subject = std::string(change.subject),
                       .action = std::string(action_of(change)),
                       .was = owned(change.was),
                       .became = owned(change.became),
                       .author = {context.principal.kind, context.principal.id, context.principal.label},
                       .actor = context.actor.id == context.principal.id ? base::Uuid{} : context.actor.id,
                       .comment = context.comment,
                       .change_request = context.approved ? context.cause : base::Uuid{},
                       .done_at = clock.now()};
    return repository::add_history(
        unit,
        {context.tenant,
         change.environment.empty() ? std::string_view(context.environment) : change.environment,
         change.space, change.key},
        entry);
}

}  // namespace mortise::flags
