#pragma once

#include "core/base/result.hpp"

#include <filesystem>

namespace mortise::app {

// Makes the folder if it is not there, and writes and removes a small file in it, so that a folder that takes
// nothing stops the start. The error, `data_unusable`, names the folder and why.
base::Status prepare_data_folder(const std::filesystem::path& folder);

// The refusal that names the folder, if a start failed by what its databases lack; any other error as it is.
base::Error about_data_folder(base::Error error, const std::filesystem::path& folder);

}  // namespace mortise::app
