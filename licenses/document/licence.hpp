#pragma once

#include "licenses/document/result.hpp"
#include "licenses/document/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::licenses {

// The document type is the token's implicit assertion: what was signed as one type verifies as no other.
inline constexpr std::string_view kLicenceType = "lic/v1";
inline constexpr std::size_t kMaxLicenceBytes = 16 * 1024;

inline constexpr std::uint64_t kLicenceVersion = 1;       // claim lic_ver
inline constexpr std::string_view kAudience = "mortise";  // claim aud
inline constexpr Seconds kMaxGrace = 366LL * 24 * 3600;   // claim grace_s

enum class Model : std::uint8_t { kSubscription, kTrial, kPerpetual };
enum class Overage : std::uint8_t { kHard, kSoft };

std::string_view to_string(Model model) noexcept;
std::optional<Model> parse_model(std::string_view text) noexcept;

struct PluginGrant {
    std::optional<Seconds> not_after;  // its own end, before the licence's
    bool operator==(const PluginGrant&) const = default;
};

// What a licence says. All names are plain ASCII (claim_reader.hpp, is_name).
struct Licence {
    std::string issuer;   // iss: the vendor
    std::string subject;  // sub: the customer
    std::string id;       // jti
    Seconds issued_at = 0;
    Seconds not_before = 0;
    std::optional<Seconds>
        not_after;               // exp: the first second at which it has ended; none for a perpetual one
    std::uint64_t sequence = 0;  // lic_seq: of two licences for one subject the higher counts
    Model model = Model::kSubscription;
    std::string plan;
    std::vector<std::string> products;
    std::map<std::string, PluginGrant, std::less<>> plugins;
    std::vector<std::string> features;                         // sorted
    std::map<std::string, std::uint64_t, std::less<>> limits;  // such as users: 10
    std::map<std::string, Overage, std::less<>> overage;       // of a limit; hard if it isn't named
    Seconds grace = 0;                                         // grace_s: goes on so long after the end
    std::optional<Seconds> maintained_until;                   // maint_until: newer versions aren't covered

    bool operator==(const Licence&) const = default;
};

// The claims as JSON text. Doesn't check them; decode_licence() of the result does.
std::string encode_licence(const Licence& licence);

// Strict: every claim has its type and range; `crit` may name only claims that this version knows; a claim
// that restricts in a way which this version can't enforce refuses the whole licence.
Result<Licence> decode_licence(std::string_view json);

enum class Validity : std::uint8_t {
    kNotYetValid,  // before nbf
    kValid,        // from nbf to the second before exp
    kGrace,        // from exp on, for grace_s seconds
    kLimited,      // after that
};

std::string_view to_string(Validity validity) noexcept;

Validity evaluate(const Licence& licence, Seconds now) noexcept;

}  // namespace mortise::licenses
