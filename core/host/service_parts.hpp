#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"
#include "core/host/licence_source.hpp"
#include "core/storage/statement_file.hpp"
#include "core/telemetry/log.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace mortise::host {

using Statements = std::map<std::string, std::unique_ptr<const storage::StatementTemplate>, std::less<>>;

// The settings of a plugin in a tenant, as a JSON object.
using SettingsSource = std::function<std::string(const base::Uuid& tenant, std::string_view plugin)>;

// What plugins are given by the host; the references outlive them.
struct ServiceParts {
    const base::Clock& clock;
    telemetry::Log& log;
    SettingsSource settings;
    LicenceSource& licence;
};

}  // namespace mortise::host
