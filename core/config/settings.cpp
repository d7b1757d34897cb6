#include "core/config/settings.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/config/document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace mortise::config {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// One setting: where it stands, what it may be, and how it is put into the struct.
struct Key {
    std::string_view section;
    std::string_view name;
    std::string allowed;                                        // for messages
    std::function<bool(Settings&, const Node&)> set;            // false: the value is not allowed
    std::function<std::optional<Node>(std::string_view)> read;  // from a variable's text
};

std::optional<Node> text_node(std::string_view text) {
    return Node(std::string(text), 0);
}

std::optional<Node> integer_node(std::string_view text) {
    const auto number = base::parse_i64(text);
    if (!number) return std::nullopt;
    return Node(*number, 0);
}

std::optional<Node> boolean_node(std::string_view text) {
    if (text != "true" && text != "false") return std::nullopt;
    return Node(text == "true", 0);
}

template <class Section>
Key integer(std::string_view section, std::string_view name, Section Settings::*in,
            std::int64_t Section::*member, std::int64_t least, std::int64_t most) {
    return {section, name, fmt::format("an integer from {} to {}", least, most),
            [=](Settings& settings, const Node& node) {
                const auto* value = node.integer();
                if (value == nullptr || *value < least || *value > most) return false;
                settings.*in.*member = *value;
                return true;
            },
            integer_node};
}

template <class Section, class Duration>
Key duration(std::string_view section, std::string_view name, Section Settings::*in,
             Duration Section::*member, std::int64_t least, std::int64_t most) {
    return {section, name, fmt::format("an integer from {} to {}", least, most),
            [=](Settings& settings, const Node& node) {
                const auto* value = node.integer();
                if (value == nullptr || *value < least || *value > most) return false;
                settings.*in.*member = Duration(*value);
                return true;
            },
            integer_node};
}

template <class Section>
Key boolean(std::string_view section, std::string_view name, Section Settings::*in, bool Section::*member) {
    return {section, name, "true or false",
            [=](Settings& settings, const Node& node) {
                if (node.boolean() == nullptr) return false;
                settings.*in.*member = *node.boolean();
                return true;
            },
            boolean_node};
}

template <class Section>
Key text(std::string_view section, std::string_view name, Section Settings::*in, std::string Section::*member,
         std::string allowed, std::function<bool(std::string_view)> check) {
    return {section, name, std::move(allowed),
            [=, check = std::move(check)](Settings& settings, const Node& node) {
                if (node.string() == nullptr || !check(*node.string())) return false;
                settings.*in.*member = *node.string();
                return true;
            },
            text_node};
}

template <class Section>
Key choice(std::string_view section, std::string_view name, Section Settings::*in,
           std::string Section::*member, std::vector<std::string_view> values) {
    std::string allowed = fmt::format("one of \"{}\"", fmt::join(values, "\", \""));
    return text(section, name, in, member, std::move(allowed),
                [values = std::move(values)](std::string_view value) {
                    return std::find(values.begin(), values.end(), value) != values.end();
                });
}

bool any_text(std::string_view value) {
    return value.size() <= 4096;
}

bool read_publisher(const Node& node, Publisher& publisher) {
    const Node* key = node.find("key");
    const Node* plugins = node.find("plugins");
    const Node* host = node.find("host");
    const std::size_t members = host == nullptr ? 2 : 3;
    if (node.table() == nullptr || node.table()->size() != members || key == nullptr || plugins == nullptr ||
        key->string() == nullptr || plugins->array() == nullptr)
        return false;
    if (host != nullptr) {
        if (host->string() == nullptr || (*host->string() != "in-process" && *host->string() != "worker"))
            return false;
        publisher.in_process = *host->string() == "in-process";
    }
    publisher.key = *key->string();
    for (const Node& id : *plugins->array()) {
        if (id.string() == nullptr) return false;
        publisher.plugins.push_back(*id.string());
    }
    return true;
}

// In a variable separated by commas.
std::optional<Node> list_node(std::string_view text) {
    Node::Array items;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        items.emplace_back(std::string(base::trim(text.substr(0, end))), 0);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return Node(std::move(items), 0);
}

Key trusted_proxies() {
    return {
        "http", "trusted_proxies",
        "a list of addresses and networks such as [\"10.0.0.0/8\", \"2001:db8::1\"], with no bits set beyond the "
        "prefix",
        [](Settings& settings, const Node& node) {
            if (node.array() == nullptr) return false;
            settings.http.trusted_proxies.clear();
            for (const Node& item : *node.array()) {
                const auto network = item.string() ? base::parse_network(*item.string()) : std::nullopt;
                if (!network) return false;
                settings.http.trusted_proxies.push_back(*network);
            }
            return true;
        },
        list_node};
}

// As browsers write an origin, which is compared as it is: in small letters, without a path.
bool is_origin(std::string_view text) noexcept {
    if (text == "*") return true;
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (!text.starts_with(scheme)) continue;
        const auto host = text.substr(scheme.size());
        return !host.empty() && host.size() <= 255 &&
               host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]") == std::string_view::npos;
    }
    return false;
}

constexpr std::size_t kMaxOrigins = 100;

Key cors_origins() {
    return {"http", "cors_origins", "a list of origins such as [\"https://shop.example\"], or [\"*\"]",
            [](Settings& settings, const Node& node) {
                if (node.array() == nullptr || node.array()->size() > kMaxOrigins) return false;
                settings.http.cors_origins.clear();
                for (const Node& item : *node.array()) {
                    if (!item.string() || !is_origin(*item.string())) return false;
                    settings.http.cors_origins.push_back(*item.string());
                }
                return true;
            },
            list_node};
}

Key publishers() {
    return {"plugins", "publishers",
            "a list of tables { key = \"k4.public.…\", plugins = [\"id\", …], host = \"worker\" or "
            "\"in-process\" } (in the file only)",
            [](Settings& settings, const Node& node) {
                if (node.array() == nullptr) return false;
                for (const Node& item : *node.array())
                    if (!read_publisher(item, settings.plugins.publishers.emplace_back())) return false;
                return true;
            },
            [](std::string_view) { return std::optional<Node>(); }};
}

const std::vector<Key>& keys() {
    static const std::vector<Key> all = {
        text("http", "listen", &Settings::http, &Http::listen, "HOST:PORT, port 0 to 65535",
             is_listen_address),
        integer("http", "reactors", &Settings::http, &Http::reactors, 1, 256),
        integer("http", "pool_threads", &Settings::http, &Http::pool_threads, 1, 1024),
        integer("http", "pool_queue", &Settings::http, &Http::pool_queue, 1, 1000000),
        integer("http", "body_limit", &Settings::http, &Http::body_limit, 1024, 1073741824),
        duration("http", "request_timeout_ms", &Settings::http, &Http::request_timeout, 100, 3600000),
        duration("http", "drain_timeout_ms", &Settings::http, &Http::drain_timeout, 0, 3600000),
        duration("http", "head_timeout_ms", &Settings::http, &Http::head_timeout, 100, 3600000),
        duration("http", "body_timeout_ms", &Settings::http, &Http::body_timeout, 100, 3600000),
        duration("http", "idle_timeout_ms", &Settings::http, &Http::idle_timeout, 100, 3600000),
        duration("http", "answer_timeout_ms", &Settings::http, &Http::answer_timeout, 100, 3600000),
        integer("http", "max_connections", &Settings::http, &Http::max_connections, 1, 1000000),
        integer("http", "max_connections_per_address", &Settings::http, &Http::max_connections_per_address, 0,
                1000000),
        integer("http", "max_streams", &Settings::http, &Http::max_streams, 0, 1000000),
        integer("http", "max_streams_per_tenant", &Settings::http, &Http::max_streams_per_tenant, 0, 1000000),
        trusted_proxies(),
        cors_origins(),
        choice("http", "forwarded_header", &Settings::http, &Http::forwarded_header,
               {"x-forwarded-for", "forwarded"}),
        text("http", "tls_certificate", &Settings::http, &Http::tls_certificate, "a file", any_text),
        text("http", "tls_key", &Settings::http, &Http::tls_key, "a file", any_text),
        choice("http", "tls_min", &Settings::http, &Http::tls_min, {"1.2", "1.3"}),
        choice("storage", "engine", &Settings::storage, &Storage::engine, {"sqlite", "postgresql"}),
        text("storage", "url", &Settings::storage, &Storage::url, "a libpq connection string", any_text),
        integer("storage", "connections", &Settings::storage, &Storage::connections, 2, 1000),
        integer("storage", "open_tenant_files", &Settings::storage, &Storage::open_tenant_files, 1, 10000),
        duration("storage", "busy_timeout_ms", &Settings::storage, &Storage::busy_timeout, 1, 600000),
        text("auth", "issuer", &Settings::auth, &Auth::issuer, "a text of 1 to 255 characters",
             [](std::string_view value) { return !value.empty() && value.size() <= 255; }),
        duration("auth", "access_token_seconds", &Settings::auth, &Auth::access_token_lifetime, 60, 86400),
        duration("auth", "refresh_token_seconds", &Settings::auth, &Auth::refresh_token_lifetime, 3600,
                 31536000),
        integer("auth", "password_hash_concurrency", &Settings::auth, &Auth::password_hash_concurrency, 1,
                256),
        choice("log", "level", &Settings::log, &Log::level, {"debug", "info", "warn", "error"}),
        boolean("log", "access", &Settings::log, &Log::access),
        text("plugins", "directory", &Settings::plugins, &Plugins::directory, "a folder", any_text),
        boolean("plugins", "allow_unsigned", &Settings::plugins, &Plugins::allow_unsigned),
        choice("plugins", "host", &Settings::plugins, &Plugins::host, {"publisher", "worker"}),
        integer("plugins", "workers", &Settings::plugins, &Plugins::workers, 1, 64),
        integer("plugins", "worker_memory_mb", &Settings::plugins, &Plugins::worker_memory_mb, 64, 65536),
        integer("plugins", "worker_deaths", &Settings::plugins, &Plugins::worker_deaths, 1, 1000000),
        duration("plugins", "worker_deaths_seconds", &Settings::plugins, &Plugins::worker_deaths_window, 1,
                 86400),
        publishers(),
        text("license", "file", &Settings::license, &License::file, "a file", any_text),
        text("license", "text", &Settings::license, &License::text, "a licence token or bundle", any_text),
        text("license", "machine_id_file", &Settings::license, &License::machine_id_file, "a file", any_text),
        text("license", "activation_url", &Settings::license, &License::activation_url, "a URL", any_text),
    };
    return all;
}

std::vector<std::string_view> names_in(std::string_view section) {
    std::vector<std::string_view> names;
    for (const Key& key : keys())
        if (key.section == section) names.push_back(key.name);
    return names;
}

Error fault(std::string detail) {
    return {ErrorKind::kInvalid, "config_invalid", std::move(detail)};
}

Status read_section(Settings& settings, const std::string& section, const Node& node, std::string_view file) {
    const auto known = names_in(section);
    if (known.empty())
        return fault(
            fmt::format("{}:{}: unknown section [{}]; allowed are [http], [storage], [auth], [log], "
                        "[plugins] and [license]",
                        file, node.line(), section));
    if (node.table() == nullptr)
        return fault(fmt::format("{}:{}: {} must be a section of keys, not {}", file, node.line(), section,
                                 node.type_name()));
    for (const auto& [name, value] : *node.table()) {
        const auto key = std::find_if(keys().begin(), keys().end(),
                                      [&, wanted = std::string_view(name)](const Key& candidate) {
                                          return candidate.section == section && candidate.name == wanted;
                                      });
        if (key == keys().end())
            return fault(fmt::format("{}:{}: unknown key {}.{}; allowed in [{}] are {}", file, value.line(),
                                     section, name, section, fmt::join(known, ", ")));
        if (!key->set(settings, value))
            return fault(
                fmt::format("{}:{}: {}.{} must be {}", file, value.line(), section, name, key->allowed));
    }
    return {};
}

std::string variable_of(const Key& key) {
    std::string name = fmt::format("MORTISE_{}_{}", key.section, key.name);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return name;
}

Status read_environment(Settings& settings, const Environment& environment) {
    for (const Key& key : keys()) {
        const std::string name = variable_of(key);
        const auto value = environment(name);
        if (!value) continue;
        const auto node = key.read(*value);
        if (!node || !key.set(settings, *node))
            return fault(fmt::format("environment variable {}: {}.{} must be {}", name, key.section, key.name,
                                     key.allowed));
    }
    return {};
}

// A misspelt variable would otherwise be ignored in silence. Names outside of our sections, such as
// MORTISE_ADMIN_EMAIL, belong to others.
Status refuse_unknown_variables(const std::vector<std::string>& variables) {
    for (const std::string& name : variables) {
        const bool known = std::any_of(keys().begin(), keys().end(),
                                       [&](const Key& key) { return variable_of(key) == name; });
        const auto section = std::find_if(keys().begin(), keys().end(), [&](const Key& key) {
            const std::string full = variable_of(key);
            return name.starts_with(full.substr(0, full.size() - key.name.size()));
        });
        if (!known && section != keys().end())
            return fault(fmt::format("environment variable {}: unknown key; allowed in [{}] are {}", name,
                                     section->section, fmt::join(names_in(section->section), ", ")));
    }
    return {};
}

Status check_whole(const Settings& settings, std::string_view file) {
    if (settings.http.tls_certificate.empty() != settings.http.tls_key.empty())
        return fault(fmt::format("{}: http.tls_certificate and http.tls_key are needed together", file));
    if (settings.storage.engine == "postgresql" && settings.storage.url.empty())
        return fault(
            fmt::format("{}: storage.url is needed with storage.engine = \"postgresql\", such as "
                        "\"host=127.0.0.1 dbname=mortise user=mortise\"",
                        file));
    // With one more than threads, one of them always gets on and gives back what it holds.
    if (settings.storage.engine == "postgresql" && settings.storage.connections <= settings.http.pool_threads)
        return fault(fmt::format(
            "{}: storage.connections ({}) must be above http.pool_threads ({}): a request holds one "
            "connection, and takes another to count what the licence limits",
            file, settings.storage.connections, settings.http.pool_threads));
    return {};
}

}  // namespace

bool is_listen_address(std::string_view value) {
    const auto colon = value.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const auto port = base::parse_u64(value.substr(colon + 1));
    return port && *port <= 65535;
}

Result<Settings> load(std::string_view toml, std::string_view file_name, const Environment& environment,
                      const std::vector<std::string>& variables) {
    Settings settings;
    MORTISE_TRY_ASSIGN(const Node document, parse_toml(toml, file_name));
    for (const auto& [section, node] : *document.table())
        MORTISE_TRY(read_section(settings, section, node, file_name));
    MORTISE_TRY(refuse_unknown_variables(variables));
    MORTISE_TRY(read_environment(settings, environment));
    MORTISE_TRY(check_whole(settings, file_name));
    return settings;
}

Result<Settings> load_file(const std::filesystem::path& file) {
    std::string text;
    if (!file.empty()) {
        MORTISE_TRY_ASSIGN(text, base::read_file(file, kMaxDocumentBytes));
    }
    std::vector<std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable(*entry);
        if (variable.starts_with("MORTISE_")) variables.emplace_back(variable.substr(0, variable.find('=')));
    }
    return load(
        text, file.empty() ? "(defaults)" : file.string(),
        [](std::string_view name) -> std::optional<std::string> {
            const char* value = std::getenv(std::string(name).c_str());
            if (value == nullptr) return std::nullopt;
            return std::string(value);
        },
        variables);
}

}  // namespace mortise::config
