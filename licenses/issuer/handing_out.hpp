#pragma once

#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/issuing.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::issuer {

// Licences that follow one another, handed out: the first, and the renewals that wait behind it.

// Beside the bundle `out`, for the `number`th renewal from 1: x.renewal.license, x.renewal-2.license. Sorted
// by name they are in the order in which they must be installed.
std::filesystem::path renewal_file(const std::filesystem::path& out, std::size_t number);

// Before anything is issued: throws Failure `exists` if one of so many files is there.
void check_new_files(const std::filesystem::path& out, std::size_t licences);

// Writes the bundles to --out and beside it, or the first to standard output, or all into the JSON; and says
// so, beginning with `text`. `facts` are the JSON's other members. A suspended renewal is given to nobody.
void hand_out_licences(Home& home, const Common& options, const std::vector<Issued>& issued,
                       nlohmann::json facts, const std::string& text);

}  // namespace mortise::issuer
