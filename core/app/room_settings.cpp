#include "core/app/room_settings.hpp"

#include "core/base/text.hpp"
#include "core/licensing/root_keys.hpp"

#include <fmt/format.h>

namespace mortise::app {

using base::Error;
using base::ErrorKind;
using base::Result;
namespace fs = std::filesystem;

telemetry::Level level_of(std::string_view name) {
    using enum telemetry::Level;
    return name == "debug" ? kDebug : name == "warn" ? kWarn : name == "error" ? kError : kInfo;
}

storage::DatabaseSettings database_settings(const config::Storage& settings,
                                            const std::filesystem::path& data) {
    return {
        .engine = settings.engine == "postgresql" ? storage::Engine::kPostgresql : storage::Engine::kSqlite,
        .directory = data,
        .url = settings.url,
        .connections = static_cast<unsigned>(settings.connections),
        .open_tenant_files = static_cast<unsigned>(settings.open_tenant_files),
        .busy_timeout = settings.busy_timeout};
}

identity::TokenSettings token_settings(const config::Auth& settings) {
    identity::TokenSettings tokens;
    tokens.issuer = settings.issuer;
    tokens.audience = settings.issuer;
    tokens.access_lifetime_s = settings.access_token_lifetime.count();
    tokens.session_lifetime_s = settings.refresh_token_lifetime.count();
    return tokens;
}

http::PipelineSettings pipeline_settings(const config::Settings& settings) {
    http::PipelineSettings pipeline;
    pipeline.pool_threads = static_cast<std::size_t>(settings.http.pool_threads);
    pipeline.pool_queue = static_cast<std::size_t>(settings.http.pool_queue);
    pipeline.password_threads = static_cast<std::size_t>(settings.auth.password_hash_concurrency);
    pipeline.body_limit = static_cast<std::uint64_t>(settings.http.body_limit);
    pipeline.request_timeout = settings.http.request_timeout;
    pipeline.proxies = {settings.http.trusted_proxies, settings.http.forwarded_header == "forwarded"
                                                           ? http::ForwardedField::kForwarded
                                                           : http::ForwardedField::kXForwardedFor};
    pipeline.cors_origins = settings.http.cors_origins;
    return pipeline;
}

// "HOST:PORT", which config has checked; an IPv6 host may stand in brackets.
http::ServerSettings server_settings(const config::Http& settings) {
    const auto colon = settings.listen.rfind(':');
    std::string host = settings.listen.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    http::ServerSettings server;
    server.host = host;
    server.port = static_cast<std::uint16_t>(base::parse_u64(settings.listen.substr(colon + 1)).value_or(0));
    server.reactors = static_cast<unsigned>(settings.reactors);
    server.head_timeout = settings.head_timeout;
    server.body_timeout = settings.body_timeout;
    server.idle_timeout = settings.idle_timeout;
    server.answer_timeout = settings.answer_timeout;
    server.seats.total = static_cast<std::size_t>(settings.max_connections);
    server.seats.per_address = static_cast<std::size_t>(settings.max_connections_per_address);
    server.seats.unlimited = settings.trusted_proxies;
    server.tls = {settings.tls_certificate, settings.tls_key, settings.tls_min == "1.3"};
    return server;
}

api::FlagStreamSettings stream_settings(const config::Settings& settings) {
    return {.total = static_cast<std::size_t>(settings.http.max_streams),
            .per_tenant = static_cast<std::size_t>(settings.http.max_streams_per_tenant),
            .user_ticket = settings.auth.access_token_lifetime};
}

Result<host::RegistrySettings> registry_settings(const config::Plugins& settings, const fs::path& program) {
    host::RegistrySettings registry;
    registry.directory =
        settings.directory.empty() ? program.parent_path() / "plugins" : fs::path(settings.directory);
    registry.allow_unsigned = settings.allow_unsigned;
    const bool by_publisher = settings.host == "publisher";
    if (const auto bundled = host::parse_publisher_key(licensing::bundled_publisher_key())) {
        registry.publishers.push_back({*bundled, {"milestones", "notifications", "rules", "workflows"}});
        if (by_publisher) registry.in_process.push_back(registry.publishers.back());
    }
    for (const config::Publisher& publisher : settings.publishers) {
        const auto key = host::parse_publisher_key(publisher.key);
        if (!key)
            return Error{ErrorKind::kInvalid, "config_invalid",
                         fmt::format("plugins.publishers: {} is no k4.public key", publisher.key)};
        registry.publishers.push_back({*key, publisher.plugins});
        if (by_publisher && publisher.in_process) registry.in_process.push_back(registry.publishers.back());
    }
    registry.workers.program = program.parent_path() / "mortise-worker";
    registry.workers.count = static_cast<std::size_t>(settings.workers);
    registry.workers.memory_bytes = static_cast<std::uint64_t>(settings.worker_memory_mb) << 20;
    registry.workers.deaths = static_cast<std::size_t>(settings.worker_deaths);
    registry.workers.window = settings.worker_deaths_window;
    return registry;
}

}  // namespace mortise::app
