#pragma once

#include "mortise/abi/types.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace mortise::test {

// One of a package's queries/<name>.sql.
struct StatementFile {
    std::vector<std::string> parameters;    // of the @param lines
    std::vector<std::string> column_types;  // of the @column lines: "uuid", "text?"
    std::string text;                       // without comments, and of blocks only those that are chosen
};

// Reads the file at `path`. A block `--? <parameter> = <choice>` is chosen where the parameter's value is
// that text, a block `--? <parameter>` where it is not null; with no values at all, each parameter's first
// block is.
StatementFile read_statement(const std::filesystem::path& path, std::span<const mortise_value> values);

}  // namespace mortise::test
