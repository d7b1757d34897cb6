#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/licensing/installation.hpp"
#include "core/licensing/licence_holder.hpp"
#include "licenses/document/fingerprint.hpp"

#include <string>
#include <string_view>

namespace mortise::licensing {

// A request to activate a licence on this installation (actreq/v1), to be answered by the vendor with a
// bundle. `text`: the licence or bundle that is to be activated; empty: the installed one. Only what the
// request needs is read of it; it is checked when the answer is installed. Errors: `license_required` (409 if
// none is installed and none is given), `license_malformed_token`.
base::Result<std::string> activation_request(const LicenceHolder& licence, const Installation& installation,
                                             const licenses::MachineIds& machine, const base::Clock& clock,
                                             std::string_view text, std::string_view version);

}  // namespace mortise::licensing
