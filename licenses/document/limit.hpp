#pragma once

#include "licenses/document/claim_reader.hpp"
#include "licenses/document/licence.hpp"

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace mortise::licenses {

// The claims `limits`, `overage` and `plugins`. Internal to this library.

// nullopt unless it is MAJOR.MINOR.PATCH, numbers of at most six digits; what follows a '-' or '+' is passed
// over.
struct Version {
    std::uint32_t major = 0, minor = 0, patch = 0;
    auto operator<=>(const Version&) const = default;
};
std::optional<Version> parse_version(std::string_view text) noexcept;

nlohmann::json limits_json(const Licence& licence);
nlohmann::json overage_json(const Licence& licence);
nlohmann::json plugins_json(const Licence& licence);
void read_limits(ClaimReader& reader, Licence& out);
void read_plugins(ClaimReader& reader, Licence& out);

}  // namespace mortise::licenses
