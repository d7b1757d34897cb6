#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_set.hpp"
#include "core/flags/flag_tally.hpp"
#include "core/host/licence_source.hpp"
#include "core/host/peers.hpp"
#include "core/storage/statement_file.hpp"
#include "core/telemetry/log.hpp"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mortise::host {

using Statements = std::map<std::string, std::unique_ptr<const storage::StatementTemplate>, std::less<>>;

// The settings of a plugin in a tenant, as a JSON object.
using SettingsSource = std::function<std::string(const base::Uuid& tenant, std::string_view plugin)>;

// The flags that are in force, for the environment of a call. Never null; thread-safe.
using FlagSource = std::function<std::shared_ptr<const flags::FlagSet>(const base::RequestContext& context)>;

// Takes how often a call was answered what of its flags; the texts are those of the set. Thread-safe.
using FlagCounter =
    std::function<void(const base::RequestContext& context, const std::shared_ptr<const flags::FlagSet>& set,
                       std::span<const flags::FlagCount> counts)>;

// What plugins are given by the host; the references outlive them.
struct ServiceParts {
    const base::Clock& clock;
    telemetry::Log& log;
    SettingsSource settings;
    LicenceSource& licence;
    FlagSource flags;
    FlagCounter count_flags;
    Peers& peers;
};

}  // namespace mortise::host
