#pragma once

#include "mortise/abi/types.h"

#include <filesystem>
#include <string>

namespace mortise::test {

// The whole of a file; throws std::runtime_error if there is none.
std::string read_file(const std::filesystem::path& path);

// A copy of what crosses the ABI.
std::string text_of(mortise_text text);

}  // namespace mortise::test
