#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"
#include "licenses/document/keys.hpp"

#include <string>

namespace mortise::licensing {

// What this installation is to the vendor: one for all of its nodes, made at the first start and kept in
// core.db.
struct Installation {
    std::string id;           // a UUID, may be shown
    std::string secret;       // 32 bytes, seals what lies in files; never shown
    licenses::SecretKey key;  // signs activation requests, leases and usage reports
};

// The one in core.db, made if there is none.
base::Result<Installation> ensure_installation(storage::Unit& unit, const base::Clock& clock);

}  // namespace mortise::licensing
