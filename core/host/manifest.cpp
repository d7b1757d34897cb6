#include "core/host/manifest.hpp"

#include "core/base/text.hpp"
#include "core/config/document.hpp"
#include "core/flags/definition.hpp"
#include "core/host/peer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using config::Node;

constexpr std::size_t kMaxList = 256;
constexpr std::size_t kMaxText = 4096;

// The first segments below /api/v1 that are the core's own.
constexpr std::array<std::string_view, 22> kCoreResources = {
    "api",     "auth",  "audit",   "config", "core",    "docs",     "events", "flags",
    "health",  "host",  "jobs",    "keys",   "license", "licenses", "me",     "metrics",
    "mortise", "plans", "plugins", "roles",  "tenants", "users"};

bool all_of(std::string_view text, std::string_view extra) noexcept {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || extra.find(c) != std::string_view::npos;
    });
}

// "1.2.3": three numbers without leading zeros.
bool is_version(std::string_view text) noexcept {
    int parts = 0;
    while (true) {
        const auto dot = text.find('.');
        const auto part = text.substr(0, dot);
        const auto number = base::parse_u64(part);
        if (!number || *number > 999999 || (part.size() > 1 && part[0] == '0')) return false;
        ++parts;
        if (dot == std::string_view::npos) return parts == 3;
        text.remove_prefix(dot + 1);
    }
}

// "<word>.<word>", such as "milestone.created".
bool is_event_name(std::string_view text) noexcept {
    const auto dot = text.find('.');
    return dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() && text.size() <= 100 &&
           all_of(text, "._");
}

bool is_service(std::string_view text) noexcept {
    const auto slash = text.find('/');
    return slash != std::string_view::npos && slash > 0 && all_of(text.substr(0, slash), ".-") &&
           base::parse_u64(text.substr(slash + 1)).has_value();
}

// Reads the members of one table and remembers which were asked for, so that the rest can be refused.
class Reader {
 public:
    Reader(const Node& table, std::string_view name) : table_(table), name_(name) {}

    Error fault(const Node& at, std::string_view what) const {
        return {ErrorKind::kInvalid, "manifest_invalid", fmt::format("{}:{}: {}", name_, at.line(), what)};
    }

    Result<std::string> text(std::string_view key, bool needed) {
        const Node* node = take(key);
        if (node == nullptr) {
            if (needed) return fault(table_, fmt::format("{} is missing", key));
            return std::string();
        }
        if (node->string() == nullptr || node->string()->size() > kMaxText)
            return fault(*node, fmt::format("{} must be a text of at most {} bytes", key, kMaxText));
        return *node->string();
    }

    Result<std::vector<std::string>> texts(std::string_view key, bool (*check)(std::string_view) noexcept,
                                           std::string_view form) {
        std::vector<std::string> all;
        const Node* node = take(key);
        if (node == nullptr) return all;
        if (node->array() == nullptr || node->array()->size() > kMaxList)
            return fault(*node, fmt::format("{} must be a list of at most {} texts", key, kMaxList));
        for (const Node& item : *node->array()) {
            if (item.string() == nullptr || !check(*item.string()))
                return fault(item, fmt::format("each of {} must be {}", key, form));
            all.push_back(*item.string());
        }
        return all;
    }

    const Node* take(std::string_view key) {
        taken_.push_back(key);
        return table_.find(key);
    }

    Status finish() const {
        for (const auto& [key, node] : *table_.table())
            if (std::find(taken_.begin(), taken_.end(), key) == taken_.end())
                return fault(node,
                             fmt::format("unknown key {}; allowed are {}", key, fmt::join(taken_, ", ")));
        return {};
    }

 private:
    const Node& table_;
    std::string_view name_;
    std::vector<std::string_view> taken_;
};

bool is_scope_verb(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 60 && all_of(text, "-_");
}

bool is_meter(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 32 && text[0] >= 'a' && text[0] <= 'z' && all_of(text, "_");
}

constexpr std::string_view kAnyFlag = "*";

// A star in a key would be taken for more than itself.
bool is_flag(std::string_view text) noexcept {
    return text == kAnyFlag || (flags::is_flag_key(text) && text.find('*') == std::string_view::npos);
}

// "<plugin id>.<name>/<revision>", such as "rules.decisions/1".
bool is_interface(std::string_view text) noexcept {
    const std::string_view plugin = plugin_of_interface(text);
    if (text.size() > kMaxInterfaceName || plugin.size() == text.size() || !is_plugin_id(plugin))
        return false;
    const std::string_view rest = text.substr(plugin.size() + 1);
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos || slash == 0 || !all_of(rest.substr(0, slash), "-_")) return false;
    const std::string_view revision = rest.substr(slash + 1);
    const auto number = base::parse_u64(revision);
    return number && *number > 0 && *number <= 9999 && revision[0] != '0';
}

bool is_method(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kMaxMethodName && text[0] >= 'a' && text[0] <= 'z' &&
           all_of(text, "_");
}

bool is_any_text(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 200;
}

// Calls `each` with a reader for every table of a list.
template <class Each>
Status for_tables(const Node* list, std::string_view key, std::string_view name, const Reader& reader,
                  Each each) {
    if (list == nullptr) return {};
    if (list->array() == nullptr || list->array()->size() > kMaxList)
        return reader.fault(*list, fmt::format("{} must be a list of tables", key));
    for (const Node& item : *list->array()) {
        if (item.table() == nullptr)
            return reader.fault(item, fmt::format("{} must be a list of tables", key));
        Reader one(item, name);
        MORTISE_TRY(each(one, item));
        MORTISE_TRY(one.finish());
    }
    return {};
}

Status read_identity(Reader& reader, const Node& document, Manifest& manifest) {
    MORTISE_TRY_ASSIGN(manifest.id, reader.text("id", true));
    if (!is_plugin_id(manifest.id))
        return reader.fault(document, "id must be [a-z][a-z0-9]{1,30} and no name of the core's");
    MORTISE_TRY_ASSIGN(manifest.version, reader.text("version", true));
    if (!is_version(manifest.version)) return reader.fault(document, "version must be MAJOR.MINOR.PATCH");
    MORTISE_TRY_ASSIGN(const std::string abi, reader.text("abi", true));
    const auto dot = abi.find('.');
    const auto major = base::parse_u64(std::string_view(abi).substr(0, dot));
    const auto minor =
        dot == std::string::npos ? std::nullopt : base::parse_u64(std::string_view(abi).substr(dot + 1));
    if (!major || !minor || *major > 65535 || *minor > 65535)
        return reader.fault(document, "abi must be MAJOR.MINOR, such as \"1.0\"");
    manifest.abi_major = static_cast<std::uint32_t>(*major);
    manifest.abi_minor = static_cast<std::uint32_t>(*minor);
    MORTISE_TRY_ASSIGN(manifest.name, reader.text("name", true));
    MORTISE_TRY_ASSIGN(manifest.summary, reader.text("summary", false));
    MORTISE_TRY_ASSIGN(manifest.released, reader.text("released", false));
    if (!manifest.released.empty() && !base::is_date(manifest.released))
        return reader.fault(document, "released must be a date, such as \"2026-11-26\"");
    return {};
}

Status read_scopes(Reader& reader, std::string_view name, Manifest& manifest) {
    return for_tables(reader.take("scopes"), "scopes", name, reader,
                      [&](Reader& one, const Node& at) -> Status {
                          ScopeDeclaration scope;
                          MORTISE_TRY_ASSIGN(scope.name, one.text("name", true));
                          MORTISE_TRY_ASSIGN(scope.description, one.text("description", true));
                          const std::string prefix = manifest.id + ":";
                          if (!scope.name.starts_with(prefix) ||
                              !is_scope_verb(std::string_view(scope.name).substr(prefix.size())))
                              return one.fault(at, fmt::format("a scope's name must be {}<verb>", prefix));
                          manifest.scopes.push_back(std::move(scope));
                          return {};
                      });
}

// id = "MAJOR.MINOR.PATCH", the least version that will do.
Status read_dependencies(Reader& reader, Manifest& manifest) {
    const Node* node = reader.take("dependencies");
    if (node == nullptr) return {};
    if (node->table() == nullptr || node->table()->size() > kMaxList)
        return reader.fault(*node, "dependencies must be a table of plugin ids and versions");
    for (const auto& [id, version] : *node->table()) {
        if (!is_plugin_id(id) || version.string() == nullptr || !is_version(*version.string()))
            return reader.fault(version, "a dependency is <plugin id> = \"MAJOR.MINOR.PATCH\"");
        manifest.dependencies.push_back({id, *version.string()});
    }
    return {};
}

Status read_events(Reader& reader, std::string_view name, Manifest& manifest) {
    const Node* node = reader.take("events");
    if (node == nullptr) return {};
    if (node->table() == nullptr) return reader.fault(*node, "events must be a table");
    Reader events(*node, name);
    MORTISE_TRY_ASSIGN(manifest.events_published,
                       events.texts("published", is_event_name, "<thing>.<past tense> in lower case"));
    MORTISE_TRY_ASSIGN(manifest.events_consumed,
                       events.texts("consumed", is_event_name, "a full event type"));
    return events.finish();
}

template <class Items>
bool has_twins(Items items) {
    std::sort(items.begin(), items.end());
    return std::adjacent_find(items.begin(), items.end()) != items.end();
}

Status read_provides(Reader& reader, std::string_view name, Manifest& manifest) {
    return for_tables(
        reader.take("provides"), "provides", name, reader, [&](Reader& one, const Node& at) -> Status {
            Interface interface;
            MORTISE_TRY_ASSIGN(interface.id, one.text("interface", true));
            if (!is_interface(interface.id) || plugin_of_interface(interface.id) != manifest.id)
                return one.fault(at,
                                 fmt::format("an interface's id must be {}.<name>/<revision>", manifest.id));
            for (const Interface& other : manifest.provides)
                if (other.id == interface.id)
                    return one.fault(at, fmt::format("the interface {} stands twice", interface.id));
            MORTISE_TRY_ASSIGN(interface.methods,
                               one.texts("methods", is_method, "[a-z][a-z0-9_]* of at most 64 bytes"));
            if (interface.methods.empty() || has_twins(interface.methods))
                return one.fault(at, "methods must name each of at least one method once");
            manifest.provides.push_back(std::move(interface));
            return {};
        });
}

Status read_calls(Reader& reader, const Node& document, Manifest& manifest) {
    MORTISE_TRY_ASSIGN(manifest.calls, reader.texts("calls", is_interface,
                                                    "an interface of a plugin with its revision, such as "
                                                    "\"rules.decisions/1\""));
    if (has_twins(manifest.calls)) return reader.fault(document, "calls has an interface twice");
    for (const std::string& interface : manifest.calls)
        if (plugin_of_interface(interface) == manifest.id)
            return reader.fault(document, "a plugin can't call itself");
    return {};
}

Status read_settings(Reader& reader, std::string_view name, Manifest& manifest) {
    const Node* node = reader.take("settings");
    if (node == nullptr) return {};
    if (node->table() == nullptr) return reader.fault(*node, "settings must be a table");
    Reader settings(*node, name);
    MORTISE_TRY_ASSIGN(manifest.settings_schema, settings.text("schema", true));
    return settings.finish();
}

// The keys, or "*" for any.
Status read_flags(Reader& reader, const Node& document, Manifest& manifest) {
    MORTISE_TRY_ASSIGN(auto flags, reader.texts("flags", is_flag, "a flag's key, or \"*\""));
    std::sort(flags.begin(), flags.end());
    if (std::adjacent_find(flags.begin(), flags.end()) != flags.end())
        return reader.fault(document, "flags has a key twice");
    manifest.any_flag = std::erase(flags, kAnyFlag) > 0;
    manifest.flags = std::move(flags);
    return {};
}

}  // namespace

bool Manifest::asks_for(std::string_view service) const noexcept {
    return std::find(services.begin(), services.end(), service) != services.end();
}

bool Manifest::declares_scope(std::string_view scope) const noexcept {
    return std::any_of(scopes.begin(), scopes.end(),
                       [&](const auto& declared) { return declared.name == scope; });
}

bool Manifest::publishes(std::string_view event) const noexcept {
    return std::find(events_published.begin(), events_published.end(), event) != events_published.end();
}

bool Manifest::counts(std::string_view meter) const noexcept {
    return std::find(meters.begin(), meters.end(), meter) != meters.end();
}

bool Manifest::provides_method(std::string_view interface, std::string_view method) const noexcept {
    return std::any_of(provides.begin(), provides.end(), [&](const Interface& one) {
        return one.id == interface &&
               std::find(one.methods.begin(), one.methods.end(), method) != one.methods.end();
    });
}

bool Manifest::may_call(std::string_view interface) const noexcept {
    return std::find(calls.begin(), calls.end(), interface) != calls.end();
}

std::optional<std::size_t> Manifest::flag_number(std::string_view key) const noexcept {
    const auto found = std::lower_bound(flags.begin(), flags.end(), key);
    if (found == flags.end() || *found != key) return std::nullopt;
    return static_cast<std::size_t>(found - flags.begin());
}

bool is_plugin_id(std::string_view id) noexcept {
    return id.size() >= 2 && id.size() <= 31 && id[0] >= 'a' && id[0] <= 'z' && all_of(id, "") &&
           std::find(kCoreResources.begin(), kCoreResources.end(), id) == kCoreResources.end();
}

std::string_view plugin_of_interface(std::string_view interface) noexcept {
    return interface.substr(0, interface.find('.'));
}

Result<Manifest> parse_manifest(std::string_view text, std::string_view name) {
    MORTISE_TRY_ASSIGN(const Node document, config::parse_toml(text, name));
    Reader reader(document, name);
    Manifest manifest;
    MORTISE_TRY(read_identity(reader, document, manifest));
    MORTISE_TRY_ASSIGN(manifest.services, reader.texts("services", is_service,
                                                       "a service with its revision, such "
                                                       "as \"mortise.sql/1\""));
    MORTISE_TRY_ASSIGN(manifest.entitlements, reader.texts("entitlements", is_any_text, "a text"));
    MORTISE_TRY_ASSIGN(manifest.meters, reader.texts("meters", is_meter, "a name in lower case"));
    MORTISE_TRY(read_flags(reader, document, manifest));
    MORTISE_TRY(read_scopes(reader, name, manifest));
    MORTISE_TRY(read_dependencies(reader, manifest));
    MORTISE_TRY(read_events(reader, name, manifest));
    MORTISE_TRY(read_provides(reader, name, manifest));
    MORTISE_TRY(read_calls(reader, document, manifest));
    MORTISE_TRY(read_settings(reader, name, manifest));
    MORTISE_TRY(reader.finish());
    return manifest;
}

}  // namespace mortise::host
