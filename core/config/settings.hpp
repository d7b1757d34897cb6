#pragma once

#include "core/base/ip_address.hpp"
#include "core/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::config {

struct Http {
    std::string listen = "127.0.0.1:8080";  // HOST:PORT; port 0 takes any free one
    std::int64_t reactors = 2;
    std::int64_t pool_threads = 8;
    std::int64_t pool_queue = 1024;
    std::int64_t body_limit = 1048576;  // bytes
    std::chrono::milliseconds request_timeout{30000};
    std::chrono::milliseconds drain_timeout{10000};
    std::chrono::milliseconds head_timeout{10000};
    std::chrono::milliseconds body_timeout{30000};
    std::chrono::milliseconds idle_timeout{60000};
    std::chrono::milliseconds answer_timeout{30000};
    std::int64_t max_connections = 16384;
    std::int64_t max_connections_per_address = 8192;  // 0: no limit
    std::int64_t max_streams = 8192;                  // answers that stay open
    std::int64_t max_streams_per_tenant = 4096;
    std::vector<base::IpNetwork> trusted_proxies;
    std::string forwarded_header = "x-forwarded-for";
    std::vector<std::string> cors_origins;  // pages that may read evaluations of flags; "*": all
    std::string tls_certificate;            // PEM files; both empty: no TLS
    std::string tls_key;
    std::string tls_min = "1.2";
};

struct Storage {
    std::string engine = "sqlite";
    std::string url;
    std::int64_t connections = 16;
    std::int64_t open_tenant_files = 200;
    std::chrono::milliseconds busy_timeout{5000};
};

struct Auth {
    std::string issuer = "mortise";
    std::chrono::seconds access_token_lifetime{900};
    std::chrono::seconds refresh_token_lifetime{2592000};
    std::int64_t password_hash_concurrency = 2;
};

struct Log {
    std::string level = "info";
    bool access = true;
};

// A publisher whose plugins may run: its public key, and the plugin ids that it is bound to.
struct Publisher {
    std::string key;
    std::vector<std::string> plugins;
    bool in_process = false;  // trusted to run in the server's process; else in workers
};

struct Plugins {
    std::string directory;  // empty: `plugins` beside the binary's folder
    bool allow_unsigned = false;
    std::string host = "publisher";  // as each publisher is trusted, or all in a "worker"
    std::int64_t workers = 4;        // processes a plugin
    std::int64_t worker_memory_mb = 512;
    std::int64_t worker_deaths = 5;  // within the window: quarantined
    std::chrono::seconds worker_deaths_window{60};
    std::vector<Publisher> publishers;
};

struct License {
    std::string file;             // a token or bundle that is installed at start, if it is newer
    std::string text;             // the same as text
    std::string machine_id_file;  // what identifies this machine where nothing else is stable
    std::string activation_url;   // of the vendor's service; empty: activation goes by files
};

// Everything that can be set. Read once at start; the composition root hands each room its own plain struct.
struct Settings {
    Http http;
    Storage storage;
    Auth auth;
    Log log;
    Plugins plugins;
    License license;
};

// HOST:PORT with a port from 0 to 65535.
bool is_listen_address(std::string_view text);

// Looks up an environment variable.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// Reads the settings of a TOML text, then those of the environment (MORTISE_<SECTION>_<KEY>), which win. An
// unknown section, key or variable and a wrong value are errors that name file, line, key and what is
// allowed. `variables` lists the names of the environment that begin with MORTISE_.
base::Result<Settings> load(std::string_view toml, std::string_view file_name, const Environment& environment,
                            const std::vector<std::string>& variables);

// The same from a file (none if empty) and the process's environment.
base::Result<Settings> load_file(const std::filesystem::path& file);

}  // namespace mortise::config
