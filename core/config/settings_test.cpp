#include "core/config/settings.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mortise::config {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

base::Result<Settings> load_text(std::string_view toml, const Variables& variables = {}) {
    std::vector<std::string> names;
    for (const auto& [name, value] : variables)
        names.push_back(name);
    return load(
        toml, "mortise.toml",
        [&](std::string_view name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
        },
        names);
}

std::string refusal(std::string_view toml, const Variables& variables = {}) {
    const auto result = load_text(toml, variables);
    return result.ok() ? "accepted" : result.error().detail;
}

TEST(Settings, AnEmptyFileGivesTheDefaults) {
    const auto settings = load_text("");
    ASSERT_TRUE(settings.ok());
    EXPECT_EQ(settings->http.listen, "127.0.0.1:8080");
    EXPECT_EQ(settings->storage.engine, "sqlite");
}

TEST(Settings, TheEnvironmentWinsOverTheFile) {
    const auto settings =
        load_text("[http]\npool_threads = 3\nreactors = 1\n", {{"MORTISE_HTTP_POOL_THREADS", "5"},
                                                               {"MORTISE_LOG_ACCESS", "false"},
                                                               {"MORTISE_ADMIN_EMAIL", "a@example.com"}});
    ASSERT_TRUE(settings.ok()) << settings.error().detail;
    EXPECT_EQ(settings->http.pool_threads, 5);
    EXPECT_EQ(settings->http.reactors, 1);
    EXPECT_FALSE(settings->log.access);
}

TEST(Settings, PublishersAreReadFromTheFile) {
    const auto settings =
        load_text("[[plugins.publishers]]\nkey = \"k4.public.x\"\nplugins = [\"one\", \"two\"]\n");
    ASSERT_TRUE(settings.ok()) << settings.error().detail;
    ASSERT_EQ(settings->plugins.publishers.size(), 1U);
    EXPECT_EQ(settings->plugins.publishers[0].plugins, (std::vector<std::string>{"one", "two"}));
    EXPECT_FALSE(settings->plugins.publishers[0].in_process);
}

TEST(Settings, APublisherIsTrustedInTheProcessOnlyIfItIsSaid) {
    const std::string publisher = "[[plugins.publishers]]\nkey = \"k4.public.x\"\nplugins = [\"one\"]\n";
    const auto settings = load_text(publisher + "host = \"in-process\"\n");
    ASSERT_TRUE(settings.ok()) << settings.error().detail;
    EXPECT_TRUE(settings->plugins.publishers[0].in_process);
    EXPECT_NE(refusal(publisher + "host = \"here\"\n").find("plugins.publishers must be"), std::string::npos);
    EXPECT_NE(refusal(publisher + "hosts = \"worker\"\n").find("plugins.publishers must be"),
              std::string::npos);
}

TEST(Settings, EveryPluginCanBeForcedIntoWorkers) {
    const auto settings =
        load_text("", {{"MORTISE_PLUGINS_HOST", "worker"}, {"MORTISE_PLUGINS_WORKERS", "3"}});
    ASSERT_TRUE(settings.ok()) << settings.error().detail;
    EXPECT_EQ(settings->plugins.host, "worker");
    EXPECT_EQ(settings->plugins.workers, 3);
    EXPECT_EQ(refusal("[plugins]\nhost = \"in-process\"\n"),
              "mortise.toml:2: plugins.host must be one of \"publisher\", \"worker\"");
}

TEST(Settings, AFaultNamesFileLineKeyAndWhatIsAllowed) {
    EXPECT_EQ(refusal("\n\n[http]\nreactors = 0\n"),
              "mortise.toml:4: http.reactors must be an integer from 1 to 256");
    EXPECT_EQ(refusal("[log]\nlevel = \"loud\"\n"),
              "mortise.toml:2: log.level must be one of \"debug\", \"info\", \"warn\", \"error\"");
    EXPECT_EQ(refusal("[log]\nlevl = \"info\"\n"),
              "mortise.toml:2: unknown key log.levl; allowed in [log] are level, access");
    EXPECT_NE(refusal("[htttp]\n").find("mortise.toml:1: unknown section [htttp]"), std::string::npos);
    EXPECT_NE(refusal("[http\n").find("mortise.toml:1:"), std::string::npos);
    EXPECT_EQ(refusal("http = 1\n"), "mortise.toml:1: http must be a section of keys, not an integer");
    EXPECT_NE(refusal("[http]\nlisten = 2024-01-01\n").find("mortise.toml:2: dates"), std::string::npos);
    EXPECT_NE(refusal("[storage]\nengine = \"postgresql\"\n").find("storage.url is needed"),
              std::string::npos);
}

TEST(Settings, TrustedProxiesAreNetworks) {
    const auto file = load_text("[http]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n");
    ASSERT_TRUE(file.ok()) << file.error().detail;
    EXPECT_EQ(file->http.trusted_proxies.size(), 2U);
    const auto variable = load_text("[http]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n",
                                    {{"MORTISE_HTTP_TRUSTED_PROXIES", "127.0.0.1, 192.0.2.0/24,::1"}});
    ASSERT_TRUE(variable.ok()) << variable.error().detail;
    EXPECT_EQ(variable->http.trusted_proxies.size(), 3U);
    EXPECT_TRUE(load_text("", {{"MORTISE_HTTP_TRUSTED_PROXIES", ""}})->http.trusted_proxies.empty());
    for (const std::string_view bad : {"[\"proxy\"]", "[\"10.0.0.1/8\"]", "\"10.0.0.0/8\"", "[1]"})
        EXPECT_NE(
            refusal("[http]\ntrusted_proxies = " + std::string(bad) + "\n").find("mortise.toml:2: http.tru"),
            std::string::npos)
            << bad;
}

TEST(Settings, OriginsAreAsBrowsersWriteThem) {
    const auto file =
        load_text("[http]\ncors_origins = [\"https://shop.example\", \"http://localhost:3000\"]\n");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->http.cors_origins.size(), 2U);
    EXPECT_EQ(load_text("", {{"MORTISE_HTTP_CORS_ORIGINS", "*"}})->http.cors_origins,
              std::vector<std::string>{"*"});
    for (const std::string bad : {"shop.example", "https://shop.example/", "https://Shop.example", "https://",
                                  "null", "https://a b", ""})
        EXPECT_FALSE(load_text("[http]\ncors_origins = [\"" + bad + "\"]\n")) << bad;
}

TEST(Settings, CertificateAndKeyAreNeededTogether) {
    EXPECT_NE(refusal("[http]\ntls_key = \"a\"\n").find("needed together"), std::string::npos);
    EXPECT_NE(refusal("[http]\ntls_certificate = \"a\"\n").find("needed together"), std::string::npos);
    EXPECT_NE(refusal("[http]\ntls_min = \"1.1\"\n").find("one of \"1.2\", \"1.3\""), std::string::npos);
}

// A request can need a second connection of the pool while it holds one.
TEST(Settings, PostgresqlNeedsMoreConnectionsThanThreads) {
    const std::string engine = "[storage]\nengine = \"postgresql\"\nurl = \"dbname=a\"\n";
    EXPECT_NE(refusal(engine + "connections = 8\n").find("storage.connections (8) must be above"),
              std::string::npos);
    EXPECT_TRUE(load_text(engine + "connections = 9\n").ok());
    EXPECT_TRUE(load_text("[storage]\nconnections = 8\n").ok()) << "means nothing to SQLite";
}

TEST(Settings, AFaultInTheEnvironmentNamesTheVariable) {
    EXPECT_EQ(refusal("", {{"MORTISE_HTTP_REACTORS", "many"}}),
              "environment variable MORTISE_HTTP_REACTORS: http.reactors must be an integer from 1 to 256");
    EXPECT_NE(refusal("", {{"MORTISE_HTTP_REACTOR", "2"}}).find("unknown key; allowed in [http] are"),
              std::string::npos);
}

TEST(Settings, ListenAddressesNeedAHostAndAPort) {
    for (const std::string_view bad : {"8080", ":8080", "host", "host:", "host:70000", "host:-1"})
        EXPECT_NE(refusal("[http]\nlisten = \"" + std::string(bad) + "\"\n"), "accepted") << bad;
}

}  // namespace
}  // namespace mortise::config
