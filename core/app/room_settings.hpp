#pragma once

#include "core/api/flag_streams.hpp"
#include "core/base/result.hpp"
#include "core/config/settings.hpp"
#include "core/host/registry.hpp"
#include "core/http/pipeline.hpp"
#include "core/http/server.hpp"
#include "core/identity/session_service.hpp"
#include "core/storage/database.hpp"
#include "core/telemetry/log.hpp"

#include <filesystem>
#include <string_view>

namespace mortise::app {

// What the configuration means to each room.
telemetry::Level level_of(std::string_view name);
storage::DatabaseSettings database_settings(const config::Storage& settings,
                                            const std::filesystem::path& data);
identity::TokenSettings token_settings(const config::Auth& settings);
http::PipelineSettings pipeline_settings(const config::Settings& settings);
http::ServerSettings server_settings(const config::Http& settings);
api::FlagStreamSettings stream_settings(const config::Settings& settings);
// `program` is the running one; plugins and mortise-worker are looked for beside it. Error `config_invalid`:
// a publisher's key is none.
base::Result<host::RegistrySettings> registry_settings(const config::Plugins& settings,
                                                       const std::filesystem::path& program);

}  // namespace mortise::app
