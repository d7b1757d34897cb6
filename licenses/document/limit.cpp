#include "licenses/document/limit.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxNames = 256;

constexpr std::array kKinds = {std::pair{LimitKind::kCount, "count"}, std::pair{LimitKind::kSeats, "seats"},
                               std::pair{LimitKind::kMeter, "meter"}};
constexpr std::array kPeriods = {std::pair{Period::kTerm, "term"}, std::pair{Period::kDay, "day"},
                                 std::pair{Period::kMonth, "month"}, std::pair{Period::kYear, "year"}};

template <class Rows, class Value>
std::string_view name_of(const Rows& rows, Value value) noexcept {
    for (const auto& [row, name] : rows)
        if (row == value) return name;
    return "unknown";
}

template <class Rows>
auto value_of_name(const Rows& rows, std::string_view text) noexcept {
    std::optional<decltype(rows.front().first)> out;
    for (const auto& [row, name] : rows)
        if (text == name) out = row;
    return out;
}

bool is_tenant(std::string_view text) noexcept {
    return is_name(text) && text.find_first_of("._") == std::string_view::npos;
}

json limit_json(const Limit& limit) {
    json out = {{"max", limit.max}};
    if (limit.kind != LimitKind::kCount) out["kind"] = to_string(limit.kind);
    if (limit.kind == LimitKind::kMeter) out["per"] = to_string(limit.per);
    if (limit.lease > 0) out["lease_s"] = limit.lease;
    if (limit.borrow > 0) out["borrow_s"] = limit.borrow;
    if (limit.per_tenant) out["per_tenant"] = *limit.per_tenant;
    for (const auto& [slug, most] : limit.tenants)
        out["tenants"][slug] = most;
    if (out.size() == 1) return limit.max;
    return out;
}

void read_kind(ClaimReader& reader, Limit& out) {
    const std::string kind = reader.text("kind", false);
    if (const auto known = parse_limit_kind(kind))
        out.kind = *known;
    else if (!kind.empty())
        reader.fail("kind", "must be count, seats or meter");
    const std::string per = reader.text("per", false);
    if (const auto known = parse_period(per))
        out.per = *known;
    else if (!per.empty())
        reader.fail("per", "must be term, day, month or year");
    if (!per.empty() && out.kind != LimitKind::kMeter) reader.fail("per", "belongs to meters");
    const bool seats = out.kind == LimitKind::kSeats;
    if (!seats && (reader.has("lease_s") || reader.has("borrow_s")))
        reader.fail("lease_s or borrow_s", "belongs to seats");
    out.lease = static_cast<Seconds>(reader.number("lease_s", kMaxLease, seats));
    out.borrow = static_cast<Seconds>(reader.number("borrow_s", kMaxLease, false));
    if (seats && out.lease < 1) reader.fail("lease_s", "must be 1 second at least");
}

// A limit in its long form.
Limit read_limit(ClaimReader& reader) {
    Limit out;
    reader.only({"max", "kind", "per", "lease_s", "borrow_s", "per_tenant", "tenants"});
    out.max = reader.number("max", kMaxNumber);
    read_kind(reader, out);
    if (reader.has("per_tenant")) out.per_tenant = reader.number("per_tenant", kMaxNumber);
    reader.members("tenants", kMaxNames, [&](const std::string& slug, const json& value) {
        if (!is_tenant(slug) || !value.is_number_unsigned() || value.get<std::uint64_t>() > kMaxNumber)
            return reader.fail("tenants", "must map slugs of tenants to whole numbers");
        out.tenants[slug] = value.get<std::uint64_t>();
    });
    return out;
}

void read_version(ClaimReader& grant, const char* claim, std::string& out) {
    out = grant.text(claim, false);
    // A bound without suffix, so that it can't seem to mean more than its numbers.
    if (!out.empty() && (!parse_version(out) || out.find_first_of("-+") != std::string::npos))
        grant.fail(claim, "must be MAJOR.MINOR.PATCH");
}

}  // namespace

std::string_view to_string(LimitKind kind) noexcept {
    return name_of(kKinds, kind);
}
std::optional<LimitKind> parse_limit_kind(std::string_view text) noexcept {
    return value_of_name(kKinds, text);
}
std::string_view to_string(Period period) noexcept {
    return name_of(kPeriods, period);
}
std::optional<Period> parse_period(std::string_view text) noexcept {
    return value_of_name(kPeriods, text);
}

std::uint64_t Limit::of_tenant(std::string_view slug) const noexcept {
    const auto own = tenants.find(slug);
    return own != tenants.end() ? own->second : per_tenant.value_or(max);
}

std::optional<Version> parse_version(std::string_view text) noexcept {
    text = text.substr(0, text.find_first_of("-+"));
    std::array<std::uint32_t, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t dot = i < 2 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const std::string_view part = text.substr(0, dot);
        const char* end = part.data() + part.size();
        const auto read = std::from_chars(part.data(), end, parts[i]);
        const bool canonical = part.size() == 1 || (!part.empty() && part.size() <= 6 && part.front() != '0');
        if (read.ec != std::errc() || read.ptr != end || !canonical) return std::nullopt;
        text.remove_prefix(i < 2 ? dot + 1 : dot);
    }
    return Version{parts[0], parts[1], parts[2]};
}

bool PluginGrant::covers(std::string_view version) const noexcept {
    if (from.empty() && below.empty()) return true;
    const auto installed = parse_version(version);
    if (!installed) return false;
    const auto least = parse_version(from), end = parse_version(below);
    return (from.empty() || (least && *installed >= *least)) && (below.empty() || (end && *installed < *end));
}

json limits_json(const Licence& licence) {
    json out = json::object();
    for (const auto& [name, limit] : licence.limits)
        out[name] = limit_json(limit);
    return out;
}

json overage_json(const Licence& licence) {
    json out = json::object();
    for (const auto& [name, limit] : licence.limits)
        if (limit.overage == Overage::kSoft) out[name] = "soft";
    return out;
}

json plugins_json(const Licence& licence) {
    json out = json::object();
    for (const auto& [id, grant] : licence.plugins) {
        json& value = out[id] = json::object();
        if (grant.not_after) value["exp"] = format_time(*grant.not_after);
        if (!grant.from.empty()) value["from"] = grant.from;
        if (!grant.below.empty()) value["below"] = grant.below;
    }
    return out;
}

void read_limits(ClaimReader& reader, Licence& out) {
    reader.members("limits", kMaxNames, [&](const std::string& name, const json& value) {
        if (!is_name(name)) return reader.fail("limits", "holds a name that is not lower-case ASCII");
        if (value.is_number_unsigned() && value.get<std::uint64_t>() <= kMaxNumber) {
            out.limits[name] = Limit(value.get<std::uint64_t>());
            return;
        }
        if (!value.is_object()) return reader.fail("limits", "must map names to whole numbers or objects");
        ClaimReader inner(value);
        out.limits[name] = read_limit(inner);
        if (inner.refusal()) reader.fail("limits." + name, "is wrong: " + inner.refusal()->detail);
    });
    reader.members("overage", kMaxNames, [&](const std::string& name, const json& value) {
        const auto limit = out.limits.find(name);
        if (limit == out.limits.end() || (value != "hard" && value != "soft"))
            return reader.fail("overage", "must say hard or soft for names of limits");
        limit->second.overage = value == "soft" ? Overage::kSoft : Overage::kHard;
    });
}

void read_plugins(ClaimReader& reader, Licence& out) {
    reader.members("plugins", kMaxNames, [&](const std::string& id, const json& value) {
        if (!is_plugin_id(id)) return reader.fail("plugins", "holds a name that is no plugin id");
        ClaimReader grant(value);
        PluginGrant& plugin = out.plugins[id];
        grant.only({"exp", "from", "below"});
        plugin.not_after = grant.time("exp", false);
        read_version(grant, "from", plugin.from);
        read_version(grant, "below", plugin.below);
        if (!plugin.from.empty() && !plugin.below.empty() &&
            parse_version(plugin.from) >= parse_version(plugin.below))
            grant.fail("below", "must be higher than from");
        if (grant.refusal()) reader.fail("plugins." + id, "is wrong: " + grant.refusal()->detail);
    });
}

}  // namespace mortise::licenses
