#include "licenses/document/usage.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/claim_reader.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/signed_document.hpp"
#include "licenses/document/sodium_init.hpp"
#include "licenses/document/strict_json.hpp"
#include "licenses/document/verify.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kUsageHashSize = 32;
constexpr std::size_t kMaxMeters = 256;
constexpr std::size_t kMaxActivation = 16 * 1024;
constexpr Seconds kSecondsOfDay = 86400;

json report_json(const UsageReport& report) {
    json claims = {{"iss", report.installation},  {"sub", report.subject},
                   {"lic", report.licence_id},    {"iat", format_time(report.issued_at)},
                   {"seq", report.sequence},      {"from", format_day(report.from)},
                   {"to", format_day(report.to)}, {"pub", to_paserk(report.key)},
                   {"meters", json::object()},    {"rows", json::array()}};
    if (!report.previous.empty()) claims["prev"] = base64url_encode(report.previous);
    if (!report.activation.empty()) claims["act"] = report.activation;
    for (const auto& [meter, kind] : report.meters)
        claims["meters"][meter] = kind == MeterKind::kSum ? "sum" : "max";
    for (const UsageRow& row : report.rows)
        claims["rows"].push_back(json::array({format_day(row.day), row.tenant, row.meter, row.quantity}));
    return claims;
}

std::optional<UsageRow> read_row(const json& value) {
    if (!value.is_array() || value.size() != 4 || !value[0].is_string() || !value[1].is_string() ||
        !value[2].is_string() || !value[3].is_number_unsigned())
        return std::nullopt;
    const auto day = parse_day(value[0].get_ref<const std::string&>());
    UsageRow row{day.value_or(0), value[1].get<std::string>(), value[2].get<std::string>(),
                 value[3].get<std::uint64_t>()};
    if (!day || (!row.tenant.empty() && !is_name(row.tenant)) || !is_name(row.meter) ||
        row.quantity > kMaxNumber)
        return std::nullopt;
    return row;
}

bool follows(const std::vector<UsageRow>& rows, const UsageRow& next) {
    if (rows.empty()) return true;
    const UsageRow& last = rows.back();
    return std::tie(last.day, last.tenant, last.meter) < std::tie(next.day, next.tenant, next.meter);
}

// Rows are read as they are parsed: a report may hold a million.
Result<json> parse_report(std::string_view payload, std::vector<UsageRow>& rows) {
    return parse_strict_json(
        payload,
        {.list = "rows", .max_items = kMaxUsageRows, .max_values = 5, .take = [&](const json& value) {
             auto row = read_row(value);
             if (!row || !follows(rows, *row)) return false;
             rows.push_back(*std::move(row));
             return true;
         }});
}

Day read_day(ClaimReader& reader, const char* claim) {
    const auto day = parse_day(reader.text(claim));
    if (!day) reader.fail(claim, "must be a day such as 2026-11-21");
    return day.value_or(0);
}

void read_meters(ClaimReader& reader, UsageReport& out) {
    reader.members("meters", kMaxMeters, [&](const std::string& name, const json& kind) {
        if (!is_name(name) || (kind != "sum" && kind != "max"))
            return reader.fail("meters", "must say sum or max for names");
        out.meters[name] = kind == "sum" ? MeterKind::kSum : MeterKind::kMax;
    });
    for (const UsageRow& row : out.rows)
        if (!out.meters.contains(row.meter) || row.day < out.from || row.day >= out.to)
            return reader.fail("rows", "has a meter that is not named, or a day outside the report");
}

std::optional<Refusal> read_claims(const json& claims, UsageReport& out) {
    ClaimReader reader(claims);
    reader.only({"iss", "sub", "lic", "iat", "seq", "prev", "from", "to", "pub", "act", "meters", "rows"});
    out.installation = reader.text("iss");
    out.subject = reader.text("sub");
    out.licence_id = reader.text("lic");
    out.issued_at = reader.time("iat").value_or(0);
    out.sequence = reader.number("seq", kMaxNumber);
    out.previous = reader.bytes("prev", kUsageHashSize, false);
    out.from = read_day(reader, "from");
    out.to = read_day(reader, "to");
    const auto key = public_key_from_paserk(reader.text("pub"));
    if (!key.ok()) reader.fail("pub", "must be a k4.public key");
    out.activation = reader.long_text("act", kMaxActivation);
    if (out.sequence == 0 || (out.sequence == 1) != out.previous.empty())
        reader.fail("seq", "must be 1 in the first report, which has no prev, and more in the others");
    if (out.to <= out.from) reader.fail("to", "must be later than from");
    if (!claims.contains("rows") || !claims.at("rows").is_array()) reader.fail("rows", "must be a list");
    read_meters(reader, out);
    if (reader.refusal()) return reader.refusal();
    out.key = *key;
    return std::nullopt;
}

}  // namespace

std::optional<Day> parse_day(std::string_view text) noexcept {
    if (text.size() != 10) return std::nullopt;
    std::array<char, 20> full;
    constexpr std::string_view kMidnight = "T00:00:00Z";
    std::copy(text.begin(), text.end(), full.begin());
    std::copy(kMidnight.begin(), kMidnight.end(), full.begin() + 10);
    const auto time = parse_time({full.data(), full.size()});
    if (!time) return std::nullopt;
    return static_cast<Day>(*time / kSecondsOfDay);
}

std::string format_day(Day day) {
    return format_time(day * kSecondsOfDay).substr(0, 10);
}

std::string sign_usage(UsageReport report, const SecretKey& key) {
    report.key = key.public_key();
    return sign_document(key, report_json(report).dump(), kUsageType);
}

Result<UsageReport> verify_usage(std::string_view token) {
    const auto opened = open_token(token, kMaxUsageBytes);
    if (!opened.ok()) return opened.refusal();
    UsageReport out;
    const auto claims = parse_report(opened->token.payload, out.rows);
    if (!claims.ok()) return claims.refusal();
    if (auto refusal = read_claims(*claims, out)) return *std::move(refusal);
    if (auto refusal = check_signed_by(*opened, out.key, kUsageType, "usage report"))
        return *std::move(refusal);
    return out;
}

std::string usage_hash(std::string_view token) {
    sodium_ready();
    std::string hash(kUsageHashSize, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(), sodium_bytes(token),
                       token.size(), nullptr, 0);
    return hash;
}

std::optional<Refusal> check_usage_link(const UsageLink* last, const UsageReport& next) {
    const auto broken = [](const std::string& why) {
        return Refusal{RefusalCode::kBrokenChain, "The usage report does not follow the one before: " + why};
    };
    if (last == nullptr) {
        if (next.sequence == 1) return std::nullopt;
        return broken("it is number " + std::to_string(next.sequence) + ", and none before it is known.");
    }
    if (next.key != last->key)
        return Refusal{RefusalCode::kOtherKey,
                       "The usage report is signed by another key than the installation's reports before."};
    if (next.sequence != last->sequence + 1)
        return broken("it is number " + std::to_string(next.sequence) + " where " +
                      std::to_string(last->sequence + 1) + " is due.");
    if (next.previous != last->hash) return broken("it names another report as the one before.");
    if (next.from != last->to)
        return broken("it begins at " + format_day(next.from) + " where " + format_day(last->to) +
                      " is due.");
    return std::nullopt;
}

}  // namespace mortise::licenses
