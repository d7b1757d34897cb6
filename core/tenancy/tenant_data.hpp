#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/storage/database.hpp"

#include <functional>
#include <string_view>

namespace mortise::tenancy {

// Sees one exported row: its kind ("user"), its id, and a JSON object.
using ExportSink =
    std::function<base::Status(std::string_view kind, std::string_view id, std::string_view json)>;

// A room that keeps rows of tenants in core.db: they leave with the tenant.
class TenantData {
 public:
    virtual ~TenantData() = default;
    // Every row that the tenant owns, without secrets (password hashes, key hashes, sessions).
    virtual base::Status export_rows(storage::Unit& unit, const base::Uuid& tenant,
                                     const ExportSink& sink) = 0;
    // Removes them for good; may be repeated after a crash.
    virtual base::Status remove_rows(storage::Unit& unit, const base::Uuid& tenant) = 0;
};

}  // namespace mortise::tenancy
