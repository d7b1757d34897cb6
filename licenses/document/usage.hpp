#pragma once

#include "licenses/document/keys.hpp"
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

inline constexpr std::string_view kUsageType = "usage/v1";
inline constexpr std::size_t kMaxUsageBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxUsageRows = 1'000'000;

// Whole days since 1970-01-01, in UTC; as text 2026-11-21.
using Day = std::int32_t;
std::optional<Day> parse_day(std::string_view text) noexcept;
std::string format_day(Day day);

// How the days of a meter are added up.
enum class MeterKind : std::uint8_t {
    kSum,  // sum: something that is used up, such as requests
    kMax,  // max: something that is there, such as users; the highest of the days counts
};

struct UsageRow {
    Day day = 0;
    std::string tenant;  // the slug; empty: the platform itself, as how many tenants there are
    std::string meter;
    std::uint64_t quantity = 0;

    auto operator<=>(const UsageRow&) const = default;
};

// What an installation used, tenant by tenant and day by day: the file that a customer sends to the vendor.
// Signed by the installation's key, and each report names the hash of the one before, so that none can be
// left out or made anew without notice. It shows what the host counted; a host that was changed counts what
// it likes.
//     {"iss": inst, "sub": …, "lic": …, "iat": …, "seq": 2, "prev": "…32 bytes…", "from": "2026-11-01",
//      "to": "2026-12-01", "pub": "k4.public…", "act": "v4.public…", "meters": {"requests": "sum"},
//      "rows": [["2026-11-21", "acme", "requests", 123], …]}
struct UsageReport {
    std::string installation;    // iss: the installation's id
    std::string subject;         // sub: the customer
    std::string licence_id;      // lic: the line_id() of the licence in force when the report was made
    Seconds issued_at = 0;       // iat
    std::uint64_t sequence = 1;  // seq: 1, and one more with each report
    std::string previous;        // prev: usage_hash() of the report before; empty in the first only
    Day from = 0, to = 0;  // the days from `from` to the one before `to`; `from` is `to` of the report before
    PublicKey key;         // pub: the installation's key
    std::string activation;                                // act: the token that certifies the key, or empty
    std::map<std::string, MeterKind, std::less<>> meters;  // every meter of the rows
    std::vector<UsageRow> rows;                            // ascending by day, tenant and meter, each once

    bool operator==(const UsageReport&) const = default;
};

// `key` is the installation's; report.key is set from it. Rows must be in their order.
std::string sign_usage(UsageReport report, const SecretKey& key);

// Signed by the key that it carries. Whether that is the installation's key says check_usage_link(), or an
// activation.
Result<UsageReport> verify_usage(std::string_view token);

// BLAKE2b-256 of the token's text (without the LF that ends its file), 32 bytes.
std::string usage_hash(std::string_view token);

// The end of a chain, as who continues or receives it keeps it.
struct UsageLink {
    std::uint64_t sequence = 0;
    std::string hash;  // usage_hash() of the last report
    Day to = 0;
    PublicKey key;
};

// Whether `next` follows `last` (null: is the first of its chain). Refuses with broken_chain, and with
// other_key if the installation's key is another than before.
std::optional<Refusal> check_usage_link(const UsageLink* last, const UsageReport& next);

}  // namespace mortise::licenses
