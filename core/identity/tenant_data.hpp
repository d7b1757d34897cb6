#pragma once

#include "core/tenancy/tenant_data.hpp"

namespace mortise::identity {

// The users and API keys of a tenant: exported without hashes, removed with their sessions.
class IdentityData final : public tenancy::TenantData {
 public:
    base::Status export_rows(storage::Unit& unit, const base::Uuid& tenant,
                             const tenancy::ExportSink& sink) override;
    base::Status remove_rows(storage::Unit& unit, const base::Uuid& tenant) override;
};

}  // namespace mortise::identity
