#include "core/tenancy/trail.hpp"

#include "core/audit/trail.hpp"

namespace mortise::tenancy {

base::Status record(const base::RequestContext& context, storage::Unit& unit, const base::Clock& clock,
                    std::string_view action, std::string_view object, std::string_view outcome) {
    audit::Entry entry{
        .action = std::string(action), .outcome = std::string(outcome), .target = std::string(object)};
    if (!context.platform()) entry.details_json = R"({"tenant":")" + context.tenant.to_string() + R"("})";
    if (!context.client_address.empty()) entry.personal = context.client_address;
    return audit::Trail(clock).append(unit, context, entry);
}

base::RequestContext system_context() {
    base::RequestContext context;
    context.principal.kind = base::PrincipalKind::kSystem;
    context.principal.label = "system";
    context.actor = context.principal;
    return context;
}

}  // namespace mortise::tenancy
