#include "core/tenancy/trail.hpp"

namespace mortise::tenancy {
namespace {

// The whole of an entry's details, so that a tenant's entries can be found by them.
std::string details_of(const base::Uuid& tenant) {
    return R"({"tenant":")" + tenant.to_string() + R"("})";
}

}  // namespace

base::Status record(const base::RequestContext& context, storage::Unit& unit, const base::Clock& clock,
                    std::string_view action, std::string_view object, std::string_view outcome) {
    audit::Entry entry{
        .action = std::string(action), .outcome = std::string(outcome), .target = std::string(object)};
    if (!context.platform()) entry.details_json = details_of(context.tenant);
    if (!context.client_address.empty()) entry.personal = context.client_address;
    return audit::Trail(clock).append(unit, context, entry);
}

base::Result<std::vector<audit::Record>> recorded(storage::Unit& unit, const base::Clock& clock,
                                                  const base::Uuid& tenant, std::int64_t before,
                                                  std::int64_t limit) {
    const audit::Trail trail(clock);
    return tenant.is_nil() ? trail.list(unit, before, limit)
                           : trail.list_with(unit, details_of(tenant), before, limit);
}

base::RequestContext system_context() {
    base::RequestContext context;
    context.principal.kind = base::PrincipalKind::kSystem;
    context.principal.label = "system";
    context.actor = context.principal;
    return context;
}

}  // namespace mortise::tenancy
