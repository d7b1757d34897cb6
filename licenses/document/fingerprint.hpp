#pragma once

#include "licenses/document/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mortise::licenses {

// What identifies a machine, by source, in plain text: serial numbers, so that they never leave the machine
// and never stand in a log. collect_machine() (machine.hpp) fills it; a host adds what it knows itself.
//
// The names of sources are open; these are the ones that Mortise fills:
//     machine_id    /etc/machine-id
//     dmi_uuid      the board's product UUID, which only root may read
//     mac           the addresses of the physical network interfaces; several values
//     disk          the UUID of the root file system
//     installation  the host's installation id, one for all nodes of a cluster
//     file          the content of a file that the operator mounts, the one thing stable in a container
using MachineIds = std::map<std::string, std::vector<std::string>, std::less<>>;

inline constexpr std::size_t kMaxSources = 16;         // of a fingerprint
inline constexpr std::size_t kMaxValuesOfSource = 16;  // of one source; further ones are left out

// A machine as it stands in documents: for each source the salted BLAKE2b-256 of its values. The salt keeps
// documents of two installations from being compared with each other. It does not hide what can be guessed:
// who has the document can try all network addresses of a maker.
struct Fingerprint {
    std::array<std::uint8_t, 16> salt{};
    std::map<std::string, std::vector<std::string>, std::less<>>
        ids;  // raw 32-byte hashes, sorted, each once

    bool operator==(const Fingerprint&) const = default;
};

// For an activation request. Sources without a value are left out. The salt is the installation's own where
// the machine names one (source `installation`), so that the vendor, who knows no plain values, can tell by
// same_machine() whether an installation asks from where it asked before; else it is random.
Fingerprint make_fingerprint(const MachineIds& machine);

// In how many sources a machine must be the one of the fingerprint, of the `n` that the fingerprint names.
enum class MatchRule : std::uint8_t {
    kAny,   // any: 1
    kTwo,   // two: 2; the fingerprint must name as many
    kMost,  // most: more than half
    kAll,   // all: n
};

std::string_view to_string(MatchRule rule) noexcept;
std::optional<MatchRule> parse_match_rule(std::string_view text) noexcept;

// The claim `fp`: where a licence or activation counts.
//     {"rule": "any|two|most|all", "salt": "…16 bytes…", "ids": {"machine_id": ["…32 bytes…"], …}}
//     {"rule": "activation"}     in a licence only: wherever an activation (act/v1) of it counts
// The bytes are base64url.
struct Binding {
    bool by_activation = false;  // then the rest is empty
    MatchRule rule = MatchRule::kMost;
    Fingerprint fingerprint;

    bool operator==(const Binding&) const = default;
};

// How many of the fingerprint's sources have a value in common with the machine's.
std::size_t matching_sources(const Fingerprint& fingerprint, const MachineIds& machine);

// False for a binding by activation, which names no machine. A source that the machine doesn't have (in a
// container most) is one that doesn't match, nothing worse.
bool matches(const Binding& binding, const MachineIds& machine);

// Whether `asked` is of the machine that `held` binds to, by the rule of `held`. False where it can't be
// told: with another salt nothing can be compared.
bool same_machine(const Binding& held, const Fingerprint& asked);

// Internal to this library.
nlohmann::json fingerprint_json(const Fingerprint& fingerprint);
nlohmann::json binding_json(const Binding& binding);
Result<Fingerprint> read_fingerprint(const nlohmann::json& value);
Result<Binding> read_binding(const nlohmann::json& value);

}  // namespace mortise::licenses
