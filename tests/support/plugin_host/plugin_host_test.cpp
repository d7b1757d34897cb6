#include "tests/support/plugin_host/plugin_host.hpp"

#include "mortise/abi/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The host of plugins' unit tests against what plugin.h and services.h promise.
namespace mortise::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

mortise_text view(std::string_view text) {
    return {text.data(), text.size()};
}

mortise_value integer(std::int64_t number) {
    mortise_value value{};
    value.type = MORTISE_VALUE_INT;
    value.as.integer = number;
    return value;
}

mortise_value text(std::string_view content) {
    mortise_value value{};
    value.type = MORTISE_VALUE_TEXT;
    value.as.bytes = {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()};
    return value;
}

// The pieces that a sink was given, of which it takes so many.
struct Pieces {
    std::size_t most = 100;
    std::vector<std::string> taken;

    static mortise_status push(void* context, const std::uint8_t* data, std::uint64_t size) {
        auto& self = *static_cast<Pieces*>(context);
        self.taken.emplace_back(reinterpret_cast<const char*>(data), size);
        return self.taken.size() < self.most ? MORTISE_OK : MORTISE_E_STOPPED;
    }
    mortise_sink sink() { return {this, &push}; }
};

// A plugin that does what a test says. No status is positive: a sum of some is MORTISE_OK if each is.
class Plugin {
 public:
    static mortise_status start(const mortise_host* host, void** instance) {
        http_ = static_cast<const mortise_http_1*>(host->service(host, view(MORTISE_HTTP_1)));
        sql_ = static_cast<const mortise_sql_1*>(host->service(host, view(MORTISE_SQL_1)));
        events_ = static_cast<const mortise_events_1*>(host->service(host, view(MORTISE_EVENTS_1)));
        *instance = nullptr;
        return host->service(host, view("mortise.none/1")) == nullptr ? MORTISE_OK : MORTISE_E_INTERNAL;
    }
    static mortise_status call(void*, mortise_call, const mortise_request*) { return behaviour(); }
    static void stop(void*) {}

    static mortise_status respond(std::uint32_t status = 200) {
        return http_->respond(http_, 1, status, nullptr, 0);
    }
    static mortise_status fail(std::string_view code) {
        mortise_problem problem{};
        problem.status = 409;
        problem.code = view(code);
        return http_->fail(http_, 1, &problem);
    }
    static mortise_status run(std::string_view name, const std::vector<mortise_value>& values = {},
                              Pieces* pieces = nullptr) {
        const mortise_sink sink = pieces != nullptr ? pieces->sink() : mortise_sink{};
        return sql_->run(sql_, 1, view(name), values.data(), values.size(),
                         pieces != nullptr ? &sink : nullptr, &changed);
    }
    static mortise_status add(std::int64_t id) { return run("add", {integer(id)}); }
    static mortise_status publish(std::string_view data = "{}") {
        mortise_event event{};
        event.type = view("thing.made");
        event.subject = view("one");
        event.data = view(data);
        return events_->publish(events_, 1, &event);
    }

    static inline std::function<mortise_status()> behaviour;
    static inline std::int64_t changed = -1;

 private:
    static inline const mortise_http_1* http_ = nullptr;
    static inline const mortise_sql_1* sql_ = nullptr;
    static inline const mortise_events_1* events_ = nullptr;
};

mortise_route route(std::uint32_t access, std::uint32_t options, std::string_view pattern) {
    mortise_route row{};
    row.method = MORTISE_METHOD_POST;
    row.access = access;
    row.options = options;
    row.pattern = view(pattern);
    return row;
}

// A package's SQL, written for as long as the test.
class PackageSql {
 public:
    PackageSql() {
        write("migrations/0001_thing.sql", "CREATE TABLE thing (id INTEGER PRIMARY KEY CHECK (id > 0))");
        write("migrations/0002_name.sql", "ALTER TABLE thing ADD COLUMN name TEXT");
        write("queries/add.sql", "-- @param id int\nINSERT INTO thing (id) VALUES (:id)\n");
        write("queries/ids.sql", "-- @column id int\nSELECT id FROM thing ORDER BY id\n");
        write("queries/chosen.sql",
              "-- @param above int?\n-- @param order choice(up, down)\n-- @column id int\n"
              "SELECT id FROM thing\n--? above\nWHERE id > :above\n--? end\nORDER BY id\n"
              "--? order = up\nASC\n--? order = down\nDESC\n--? end\n");
    }
    ~PackageSql() { std::filesystem::remove_all(folder_); }
    PackageSql(const PackageSql&) = delete;
    PackageSql& operator=(const PackageSql&) = delete;
    const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
    void write(const std::string& name, const std::string& content) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << content;
    }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("mortise-plugin-host-" + std::to_string(getpid()));
};

class PluginHostTest : public testing::Test {
 protected:
    PluginHostTest() {
        entry_.route_count = static_cast<std::uint32_t>(routes_.size());
        entry_.routes = routes_.data();
        entry_.start = &Plugin::start;
        entry_.call = &Plugin::call;
        entry_.stop = &Plugin::stop;
    }
    Answer call(std::string_view target, std::function<mortise_status()> behaviour) {
        Plugin::behaviour = std::move(behaviour);
        return host().call("POST", target);
    }
    PluginHost& host() {
        if (!host_) host_ = std::make_unique<PluginHost>(PluginUnderTest{&entry_, sql_.folder(), "{}"});
        return *host_;
    }
    // The ids of what is kept, as a statement lists them: a row is a byte of the type and eight of the id.
    std::vector<int> ids(std::string_view name = "ids", const std::vector<mortise_value>& values = {}) {
        Pieces pieces;
        EXPECT_EQ(
            call("/read", [&] { return Plugin::run(name, values, &pieces) + Plugin::respond(); }).result,
            MORTISE_OK);
        std::vector<int> found;
        for (const std::string& piece : pieces.taken)
            for (std::size_t at = 0; at < piece.size(); at += 9)
                found.push_back(piece[at + 1]);
        return found;
    }

    PackageSql sql_;
    std::vector<mortise_route> routes_{route(MORTISE_ACCESS_READ, 0, "/read"),
                                       route(MORTISE_ACCESS_WRITE, 0, "/write"),
                                       route(MORTISE_ACCESS_WRITE, MORTISE_ROUTE_READS_FIRST, "/seldom")};
    mortise_plugin_entry_v1 entry_{};
    std::unique_ptr<PluginHost> host_;
};

TEST_F(PluginHostTest, KeepsWhatIsGoodAndNothingElse) {
    call("/write", [] { return Plugin::add(1) + Plugin::publish() + Plugin::respond(); });
    EXPECT_THAT(host().events(), ElementsAre("thing.made one"));
    EXPECT_EQ(host().statements(), 1);
    const Answer refused = call("/write", [] { return Plugin::add(2) + Plugin::fail("no"); });
    EXPECT_EQ(refused.code(), "no");
    call("/write", [] { return Plugin::add(3) + Plugin::respond(404); });
    call("/write", [] { return Plugin::add(4) + Plugin::respond() + MORTISE_E_INTERNAL; });
    EXPECT_THAT(ids(), ElementsAre(1));
}

TEST_F(PluginHostTest, LetsNoReaderWrite) {
    mortise_status status = MORTISE_OK;
    call("/read", [&] {
        status = Plugin::add(1);
        return Plugin::respond();
    });
    EXPECT_EQ(status, MORTISE_E_DENIED);
    EXPECT_EQ(host().runs(), 1);
    EXPECT_THAT(ids(), IsEmpty());
}

TEST_F(PluginHostTest, RunsWhatOnlyReadsOnce) {
    const auto read = [] { return Plugin::run("ids") + Plugin::respond(); };
    EXPECT_EQ(call("/seldom", read).status, 200U);
    EXPECT_EQ(host().runs(), 1);
    call("/seldom", [] { return Plugin::publish() + Plugin::fail("no"); });
    EXPECT_EQ(host().runs(), 1) << "an event that is not kept is no write";
}

TEST_F(PluginHostTest, RunsWhatWritesAgain) {
    std::vector<mortise_status> statuses;
    const auto add = [&] {
        statuses.push_back(Plugin::add(1));
        return statuses.back() == MORTISE_OK ? Plugin::respond(201) : statuses.back();
    };
    EXPECT_EQ(call("/seldom", add).status, 201U);
    EXPECT_THAT(statuses, ElementsAre(MORTISE_E_BUSY, MORTISE_OK));
    EXPECT_EQ(host().runs(), 2);
    EXPECT_THAT(ids(), ElementsAre(1));
    call("/seldom", [] { return Plugin::publish() + Plugin::respond(); });
    EXPECT_EQ(host().runs(), 2);
    EXPECT_THAT(host().events(), ElementsAre("thing.made one")) << "published once";
}

TEST_F(PluginHostTest, RunsAgainWhoeverHidesThatItWasRefused) {
    const Answer done = call("/seldom", [] {
        Plugin::add(1);
        return Plugin::respond();
    });
    EXPECT_EQ(done.result, MORTISE_OK);
    EXPECT_EQ(host().runs(), 2);
    EXPECT_THAT(ids(), ElementsAre(1));
    const Answer refused = call(
        "/seldom", [] { return Plugin::add(2) == MORTISE_OK ? Plugin::respond() : Plugin::fail("busy"); });
    EXPECT_EQ(refused.status, 200U) << "what it says of the first run is not taken for its answer";
}

TEST_F(PluginHostTest, TellsWhichConstraintIsBroken) {
    std::vector<mortise_status> statuses;
    call("/write", [&] {
        for (const std::int64_t id : {1, 1, 0})
            statuses.push_back(Plugin::add(id));
        statuses.push_back(Plugin::run("add"));
        statuses.push_back(Plugin::publish("[]"));
        return Plugin::respond();
    });
    EXPECT_THAT(statuses, ElementsAre(MORTISE_OK, MORTISE_E_UNIQUE, MORTISE_E_CHECK, MORTISE_E_INVALID,
                                      MORTISE_E_INVALID));
}

TEST_F(PluginHostTest, SendsBatchesUntilTheSinkHasEnough) {
    Pieces all;
    Pieces one{.most = 1};
    call("/write", [&] {
        for (const std::int64_t id : {1, 2, 3, 4})
            Plugin::add(id);
        EXPECT_EQ(Plugin::changed, 1);
        EXPECT_EQ(Plugin::run("ids", {}, &all), MORTISE_OK);
        EXPECT_EQ(Plugin::run("ids", {}, &one), MORTISE_OK) << "to stop is no failure";
        return Plugin::respond();
    });
    ASSERT_EQ(all.taken.size(), 2U);
    EXPECT_EQ(all.taken[0].size(), 27U);
    EXPECT_EQ(all.taken[1].size(), 9U);
    EXPECT_EQ(one.taken.size(), 1U);
}

TEST_F(PluginHostTest, ChoosesBlocksByValues) {
    call("/write", [] { return Plugin::add(1) + Plugin::add(2) + Plugin::respond(); });
    EXPECT_THAT(ids("chosen", {mortise_value{}, text("down")}), ElementsAre(2, 1));
    EXPECT_THAT(ids("chosen", {integer(1), text("up")}), ElementsAre(2));
    EXPECT_THAT(host().explain("chosen"), testing::HasSubstr("SEARCH thing"));
}

TEST_F(PluginHostTest, ThrowsForWhatIsNotThere) {
    EXPECT_THROW(host().get("/read"), std::runtime_error) << "it is a POST";
    EXPECT_THROW(host().call("POST", "/none"), std::runtime_error);
    EXPECT_THROW(host().serve("plugin.things/1", "read", {}), std::runtime_error);
}

TEST(RequestTarget, IsCutAndDecoded) {
    const RequestTarget target = parse_target("/a%20b/c?x=1%262&y&z=");
    EXPECT_EQ(target.path, "/a%20b/c");
    EXPECT_EQ(target.query, (Pairs{{"x", "1&2"}, {"y", ""}, {"z", ""}}));
    EXPECT_EQ(match_pattern("/{key}/c", target.path), (Pairs{{"key", "a b"}}));
    EXPECT_FALSE(match_pattern("/{key}", target.path));
    EXPECT_FALSE(match_pattern("/{key}/d", target.path));
    EXPECT_ANY_THROW(parse_target("?x=%4"));
}

}  // namespace
}  // namespace mortise::test
