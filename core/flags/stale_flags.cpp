#include "core/flags/stale_flags.hpp"

#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_usage_repository.hpp"

#include <utility>

namespace mortise::flags {
namespace {

constexpr std::uint32_t kLookedAt = 500;  // flags in one request

}  // namespace

base::Result<tenancy::Page<StaleFlag>> stale_flags(const base::RequestContext& context, storage::Unit& unit,
                                                   const tenancy::PageRequest& request,
                                                   base::Micros made_before) {
    MORTISE_TRY_ASSIGN(const auto bounds, tenancy::page_bounds(request));
    MORTISE_TRY_ASSIGN(auto rows, repository::page(unit, {context.tenant, context.environment, false},
                                                   {bounds.after, kLookedAt}));
    const auto from = tenancy::day_of(made_before);
    tenancy::Page<StaleFlag> page;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i == kLookedAt || page.items.size() == bounds.limit) {
            page.next_cursor = tenancy::cursor_of(rows[i - 1].id);
            break;
        }
        auto& flag = rows[i];
        if (flag.created_at >= made_before) continue;
        const UsageOf of{context.tenant, context.environment, flag.key};
        MORTISE_TRY_ASSIGN(const auto variants, repository::variants_used(unit, of, from));
        if (variants > 1) continue;
        StaleFlag stale{.flag = flag, .evaluated = variants == 1};
        MORTISE_TRY_ASSIGN(stale.last_evaluated, repository::last_used(unit, of));
        MORTISE_TRY_ASSIGN(const auto days, repository::flag_usage(unit, of, from));
        if (!days.empty()) stale.variant = days.front().variant;
        page.items.push_back(std::move(stale));
    }
    return page;
}

}  // namespace mortise::flags
