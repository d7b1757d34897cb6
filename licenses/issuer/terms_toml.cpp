#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/terms.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace mortise::issuer {
namespace {

constexpr std::size_t kMaxTomlFile = 1024 * 1024;

// Reads a table whose every key must be known: a misspelt one would sell something else than was meant.
class TableReader {
 public:
    TableReader(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

    std::string place(std::string_view key) const { return where_ + "." + std::string(key); }

    const toml::node* node(std::string_view key) {
        known_.emplace_back(key);
        return table_.get(key);
    }

    std::optional<std::string> text(std::string_view key) {
        const toml::node* found = node(key);
        if (found == nullptr) return std::nullopt;
        if (!found->is_string()) bad_term(place(key), "must be a text.");
        return found->as_string()->get();
    }

    std::optional<std::uint64_t> number(std::string_view key) {
        const toml::node* found = node(key);
        if (found == nullptr) return std::nullopt;
        if (!found->is_integer() || found->as_integer()->get() < 0)
            bad_term(place(key), "must be a whole number.");
        return static_cast<std::uint64_t>(found->as_integer()->get());
    }

    // "15m", or whole seconds.
    std::optional<licenses::Seconds> duration(std::string_view key) {
        const toml::node* found = node(key);
        if (found == nullptr) return std::nullopt;
        if (found->is_string()) return read_duration(place(key), found->as_string()->get());
        return read_duration(place(key), std::to_string(number(key).value_or(0)));
    }

    std::optional<licenses::Seconds> days(std::string_view key) {
        const auto count = number(key);
        return count ? std::optional(read_duration(place(key), std::to_string(*count) + "d")) : std::nullopt;
    }

    std::optional<licenses::Seconds> time(std::string_view key) {
        const auto value = text(key);
        return value ? std::optional(read_time_term(place(key), *value)) : std::nullopt;
    }

    std::optional<std::vector<std::string>> texts(std::string_view key) {
        const toml::node* found = node(key);
        if (found == nullptr) return std::nullopt;
        std::vector<std::string> out;
        if (!found->is_array()) bad_term(place(key), "must be a list of texts.");
        for (const toml::node& item : *found->as_array()) {
            if (!item.is_string()) bad_term(place(key), "must be a list of texts.");
            out.push_back(item.as_string()->get());
        }
        return out;
    }

    void check_all_known() const {
        for (const auto& [key, value] : table_)
            if (std::find(known_.begin(), known_.end(), std::string(key.str())) == known_.end())
                bad_term(place(key.str()), "is not known here.");
    }

 private:
    const toml::table& table_;
    std::string where_;
    std::vector<std::string> known_;
};

licenses::PluginGrant read_grant(const toml::node& node, const std::string& where) {
    if (!node.is_table()) bad_term(where, "must be a table with exp, from and below, which may be missing.");
    TableReader reader(*node.as_table(), where);
    licenses::PluginGrant grant;
    grant.not_after = reader.time("exp");
    grant.from = reader.text("from").value_or("");
    grant.below = reader.text("below").value_or("");
    reader.check_all_known();
    return grant;
}

// A list of ids, or a table of ids with their grants.
void read_plugins(TableReader& reader, Terms& out) {
    const toml::node* node = reader.node("plugins");
    if (node == nullptr) return;
    auto& plugins = out.plugins.emplace();
    if (node->is_array()) {
        for (const std::string& id : reader.texts("plugins").value_or(std::vector<std::string>()))
            if (!plugins.emplace(id, licenses::PluginGrant()).second)
                bad_term(reader.place("plugins"), "names " + id + " twice.");
        return;
    }
    if (!node->is_table()) bad_term(reader.place("plugins"), "must be a list or a table.");
    for (const auto& [id, value] : *node->as_table())
        plugins[std::string(id.str())] = read_grant(value, reader.place("plugins." + std::string(id.str())));
}

licenses::Limit read_limit(const toml::node& node, const std::string& where) {
    if (node.is_integer() && node.as_integer()->get() >= 0)
        return licenses::Limit(static_cast<std::uint64_t>(node.as_integer()->get()));
    if (!node.is_table()) bad_term(where, "must be a whole number or a table.");
    TableReader reader(*node.as_table(), where);
    licenses::Limit out(reader.number("max").value_or(0));
    if (node.as_table()->get("max") == nullptr) bad_term(where + ".max", "is needed.");
    if (const auto kind = reader.text("kind")) {
        const auto known = licenses::parse_limit_kind(*kind);
        if (!known) bad_term(reader.place("kind"), "must be count, seats or meter.");
        out.kind = *known;
    }
    if (const auto per = reader.text("per")) {
        const auto known = licenses::parse_period(*per);
        if (!known) bad_term(reader.place("per"), "must be term, day, month or year.");
        out.per = *known;
    }
    out.lease = reader.duration("lease").value_or(0);
    out.borrow = reader.duration("borrow").value_or(0);
    out.per_tenant = reader.number("per_tenant");
    if (const toml::node* tenants = reader.node("tenants"); tenants != nullptr) {
        if (!tenants->is_table()) bad_term(reader.place("tenants"), "must be a table.");
        TableReader each(*tenants->as_table(), reader.place("tenants"));
        for (const auto& [slug, value] : *tenants->as_table())
            out.tenants[std::string(slug.str())] = each.number(slug.str()).value_or(0);
    }
    const std::string overage = reader.text("overage").value_or("hard");
    if (overage != "hard" && overage != "soft") bad_term(reader.place("overage"), "must be hard or soft.");
    out.overage = overage == "soft" ? licenses::Overage::kSoft : licenses::Overage::kHard;
    reader.check_all_known();
    return out;
}

void read_limits(TableReader& reader, Terms& out) {
    const toml::node* node = reader.node("limits");
    if (node == nullptr) return;
    if (!node->is_table()) bad_term(reader.place("limits"), "must be a table.");
    for (const auto& [name, value] : *node->as_table())
        out.limits[std::string(name.str())] =
            read_limit(value, reader.place("limits." + std::string(name.str())));
}

Terms read_terms(const toml::table& table, const std::string& where, bool in_catalogue) {
    TableReader reader(table, where);
    Terms out;
    if (!in_catalogue) {
        out.subject = reader.text("sub");
        out.plan = reader.text("plan");
        out.note = reader.text("note");
        out.not_before = reader.time("not_before");
        out.not_after = reader.time("not_after");
        out.maintained_until = reader.time("maint_until");
        out.refresh_by = reader.time("refresh_by");
    }
    out.price = reader.text("price");
    if (const auto model = reader.text("model")) out.model = read_model_term(reader.place("model"), *model);
    out.duration = reader.days("days");
    out.maintenance = reader.days("maint_days");
    out.refresh = reader.days("refresh_days");
    out.grace = reader.days("grace_days");
    out.products = reader.texts("products");
    out.features = reader.texts("features");
    read_plugins(reader, out);
    read_limits(reader, out);
    if (const auto bind = reader.text("bind")) {
        if (*bind != "activation" && *bind != "none")
            bad_term(reader.place("bind"), "must be activation or none.");
        out.by_activation = *bind == "activation";
    }
    reader.check_all_known();
    return out;
}

toml::table parse_file(const std::filesystem::path& file) {
    try {
        return toml::parse(read_file(file, kMaxTomlFile), file.string());
    } catch (const toml::parse_error& error) {
        std::ostringstream place;
        place << error.source().begin;
        throw Failure("bad_option",
                      file.string() + ", " + place.str() + ": " + std::string(error.description()));
    }
}

}  // namespace

Terms read_licence_file(const std::filesystem::path& file) {
    return read_terms(parse_file(file), file.string(), false);
}

Catalogue read_catalogue(const std::filesystem::path& file) {
    Catalogue out;
    if (!std::filesystem::exists(file)) return out;
    const toml::table whole = parse_file(file);
    TableReader reader(whole, file.string());
    const toml::node* plans = reader.node("plans");
    reader.check_all_known();
    if (plans == nullptr || !plans->is_table()) bad_term(file.string(), "must hold tables [plans.<name>].");
    for (const auto& [name, value] : *plans->as_table()) {
        const std::string where = reader.place("plans." + std::string(name.str()));
        if (!value.is_table()) bad_term(where, "must be a table.");
        Terms& plan = out[std::string(name.str())] = read_terms(*value.as_table(), where, true);
        plan.plan = std::string(name.str());
    }
    return out;
}

}  // namespace mortise::issuer
