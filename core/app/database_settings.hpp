#pragma once

#include "core/config/settings.hpp"
#include "core/storage/database.hpp"

#include <filesystem>

namespace mortise::app {

// The database of a data folder.
storage::DatabaseSettings database_settings(const config::Storage& settings,
                                            const std::filesystem::path& data);

}  // namespace mortise::app
