#include "core/flags/approvals.hpp"

#include "core/tenancy/rows.hpp"

#include <string_view>

namespace mortise::flags {
namespace {

using storage::Type;

const storage::Statement kApprovals{
    "flags.approvals_required",
    "SELECT approvals_required FROM flag_environments WHERE tenant_id = $1 AND name = $2",
    {Type::kUuid, Type::kText},
    {Type::kInteger}};

}  // namespace

base::Result<std::int64_t> approvals_required(storage::Unit& unit, const base::RequestContext& context) {
    return tenancy::read_count(unit, kApprovals, {context.tenant, std::string_view(context.environment)});
}

}  // namespace mortise::flags
