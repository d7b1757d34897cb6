// Both hosts do the same: random scripts, the same in each, with the same answers, transcripts, rows and
// events.
#include "tests/contract/contract_host.hpp"

#include <array>
#include <random>
#include <string>
#include <vector>

namespace mortise::contract {
namespace {

constexpr int kRuns = 25;
constexpr int kCallsOfARun = 12;
constexpr int kMaxSteps = 10;

// Steps with right and wrong arguments. What is different from call to call, such as ids, is none of them.
constexpr auto kSteps = std::to_array<std::string_view>({
    "drain 7",
    "drain 70000",
    "read-no-buffer",
    "read-no-count",
    "read-nothing",
    "respond 200",
    "respond 201 x-a=b etag=\"1\"",
    "respond 404",
    "respond 99",
    "respond-many 200 64",
    "respond-many 200 65",
    "respond-wide 200 65000",
    "respond-wide 200 66000",
    "respond 200 content-length=1",
    "respond-no-data 200",
    "respond-no-headers 200",
    "write 0",
    "write 10",
    "write 65536",
    "write 65537",
    "write-null 3",
    "write-text some%20text",
    "fail 409 taken It%20is.",
    "fail 422 odd No. [] {\"x\":1}",
    "fail 200 a b",
    "fail 409 a %ff",
    "fail-small 409 a b",
    "fail-larger 409 later Yes.",
    "fail-nothing",
    "fail-wide 900000",
    "settings",
    "settings stop",
    "settings fail",
    "settings no-sink",
    "license sso",
    "license csv",
    "license-no-text 3",
    "license-limit contract.things",
    "license-limit users",
    "license-count things 3",
    "license-count things 100",
    "license-count others 1",
    "flag feature boolean",
    "flag feature text",
    "flag rule json target=user-# i:n=#",
    "flag rule json",
    "flag shared json t:who=user-#",
    "flag split json target=user-#",
    "flag size integer b:a=1 j:list=[1,2,#] n:none= r:half=0.5",
    "flag absent number",
    "flag other boolean i:n=#",
    "flag-null rule json",
    "flag-small rule json",
    "flag-no-sink rule json",
    "flag-told",
    "sql add 0 none i:# t:name-# n: i:1",
    "sql add 0 none i:# t:name-# i:# i:1",
    "sql add 0 none i:# t:name-# n: i:-1",
    "sql add 0 none i:# n: n: i:1",
    "sql add 0 none i:# th:00 n: i:1",
    "sql all 4 rows",
    "sql all 4 none",
    "sql raise 2 rows i:#",
    "sql raise 2 stop i:#",
    "sql remove 0 none i:#",
    "sql count 1 rows",
    "sql count 1 nest",
    "sql numbers 1 hash i:20000",
    "sql numbers 1 stop i:20000",
    "sql numbers 1 fail i:20000",
    "sql numbers 1 hash i:100001",
    "sql wide 2 hash i:9 t*:30000",
    "sql echo 1 rows x*:80000",
    "sql types 6 rows i:# r:0.5 t:# x:0# u:0000000000000000000000000000000# b:1",
    "sql types 6 rows n: n: n: n: n: n:",
    "sql types 6 rows t:# n: n: n: n: n:",
    "sql types 6 rows n: r:nan n: n: n: n:",
    "sql types 6 rows ?:9 n: n: n: n: n:",
    "sql filtered 1 rows t:name-# t:up",
    "sql filtered 1 rows n: t:wrong",
    "sql nothing 0 none",
    "sql-no-name x",
    "sql-no-values all",
    "event thing.made # {\"n\":#}",
    "event thing.lost # {}",
    "event thing.made # no",
    "event thing.made %00 {}",
    "event-wide thing.made # 262136",
    "event-wide thing.made # 262137",
    "event-small thing.made # {}",
    "event-nothing",
    "event-many thing.made # {} 20",
    "log 1 line a=b",
    "log-no-data 7",
    "service mortise.sql/1",
    "service mortise.sql/9",
    "now",
    "uuid",
    "keep",
    "last",
    "return 0",
    "return -1",
    "return -4",
    "return -7",
    "return -13",
    "return 5",
});
constexpr auto kPrefixes =
    std::to_array<std::string_view>({"@zero ", "@other ", "@stale ", "@null ", "@thread "});

class Scripts {
 public:
    explicit Scripts(unsigned seed) : random_(seed) {}

    unsigned below(std::size_t most) { return static_cast<unsigned>(random_() % most); }

    std::string next() {
        std::string script;
        for (unsigned left = 1 + below(kMaxSteps); left > 0; --left)
            script += step() + '\n';
        return script;
    }

 private:
    std::string step() {
        std::string line(below(8) == 0 ? kPrefixes[below(kPrefixes.size())] : "");
        for (const char c : kSteps[below(kSteps.size())])
            if (c == '#')
                line += static_cast<char>('0' + below(6));
            else
                line += c;
        return line;
    }

    std::mt19937 random_;
};

// All that a client or another plugin could see of a call.
std::string visible(const Told& told) {
    std::string text = told.outcome + " " + std::to_string(told.response.status) +
                       (told.committed ? " committed " : " ") + told.error.detail +
                       std::to_string(static_cast<int>(told.error.kind));
    if (const auto& problem = told.response.problem)
        text += std::to_string(problem->status) + problem->detail + problem->errors + problem->extensions;
    for (const auto& [name, value] : told.response.headers)
        text += "\n" + name + ": " + shown(value);
    const std::string body(told.body());
    return text + "\n" + (body.size() > 3000 ? shown(body) : body);
}

class HostsAgree : public testing::Test {
 protected:
    // Both over the same database, each in tenants of its own.
    ContractHost in_process_{HostKind::kInProcess};
    ContractHost worker_{HostKind::kWorker};
};

std::vector<std::string> seen_of(ContractHost& host, unsigned seed) {
    Scripts scripts(seed);
    const auto tenant = host.database().make_tenant();
    host.set_settings(tenant, R"({"colour":"green"})");
    licenses::Limit things(1'000'000'000);  // more than both count together
    things.kind = licenses::LimitKind::kMeter;
    things.per_tenant = 500;
    host.licence().hold({"sso"}, {{"contract.things", things}});
    std::vector<std::string> seen;
    const auto ask = [&](bool writes, const std::string& script, std::size_t body) {
        Ask one = writes ? host.writing(script) : host.reading(script);
        one.context.tenant = tenant;
        one.body = std::string(body, 'b');
        seen.push_back(script + "\n-> " + visible(host.call(one)));
    };
    for (int i = 0; i < kCallsOfARun; ++i) {
        const bool writes = scripts.below(4) != 0;
        const std::size_t body = scripts.below(3) == 0 ? 150000 : scripts.below(40);
        ask(writes, scripts.next(), body);
        ask(false, "last", 0);
    }
    ask(false, "sql all 4 rows", 0);
    for (const auto& event : host.events(tenant))
        seen.push_back(std::to_string(event.position) + event.event.type + event.event.source +
                       event.event.subject + shown(event.event.data));
    return seen;
}

TEST_F(HostsAgree, OnRandomScripts) {
    int committed = 0;
    for (unsigned seed = 1; seed <= kRuns; ++seed) {
        const auto one = seen_of(in_process_, seed), other = seen_of(worker_, seed);
        for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
            ASSERT_EQ(one[i], other[i]) << "seed " << seed << ", step " << i;
            committed += one[i].find(" committed ") != std::string::npos;
        }
        ASSERT_EQ(one.size(), other.size()) << "seed " << seed;
    }
    EXPECT_GT(committed, kRuns) << "most scripts came to nothing";
    EXPECT_EQ(worker_.log_text().find("a worker has died"), std::string::npos);
}

}  // namespace
}  // namespace mortise::contract
