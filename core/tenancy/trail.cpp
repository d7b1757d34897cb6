#include "core/tenancy/trail.hpp"

namespace mortise::tenancy {

base::Status record(const base::RequestContext&, storage::Unit&, const base::Clock&, std::string_view,
                    std::string_view) {
    return {};
}

base::RequestContext system_context() {
    base::RequestContext context;
    context.principal.kind = base::PrincipalKind::kSystem;
    context.principal.label = "system";
    context.actor = context.principal;
    return context;
}

}  // namespace mortise::tenancy
