#pragma once

#include "core/tenancy/tenant_data.hpp"

namespace mortise::flags {

// The flags and overrides of a tenant.
class FlagData final : public tenancy::TenantData {
 public:
    base::Status export_rows(storage::Unit& unit, const base::Uuid& tenant,
                             const tenancy::ExportSink& sink) override;
    base::Status remove_rows(storage::Unit& unit, const base::Uuid& tenant) override;
};

}  // namespace mortise::flags
