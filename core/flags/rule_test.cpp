#include "core/flags/test_rules.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using test::run_json;
using test::run_rule;

json operator""_json(const char* text, std::size_t size) {
    return json::parse(std::string(text, size));
}

std::string fault(std::string_view rule, std::string_view context = "{}") {
    const auto result = run_rule(rule, context);
    return result.is_object() && result.contains("fault") ? result["fault"].get<std::string>()
                                                          : result.dump();
}

const std::string kNoNumber(to_string(RuleFault::kNotANumber));
const std::string kWrongArguments(to_string(RuleFault::kInvalidArguments));

constexpr char kContext[] = R"({"a":1,"nothing":null,"text":"abc","list":[1,2,3],"empty":[],
    "user":{"name":"ada","tags":["x","y"],"dotted.key":7},"people":[{"age":3},{"age":40}]})";

TEST(Var, FindsWhatIsInTheContext) {
    EXPECT_EQ(run_rule(R"({"var":"user.name"})", kContext), "ada");
    EXPECT_EQ(run_rule(R"({"var":"user.tags.1"})", kContext), "y");
    EXPECT_EQ(run_rule(R"({"var":"user.tags.01"})", kContext), nullptr);
    EXPECT_EQ(run_rule(R"({"var":"user.tags.2"})", kContext), nullptr);
    EXPECT_EQ(run_rule(R"({"var":"user.dotted\\.key"})", kContext), 7);
    EXPECT_EQ(run_rule(R"({"var":"a.b"})", kContext), nullptr);
    EXPECT_EQ(run_rule(R"({"var":["none","else"]})", kContext), "else");
    EXPECT_EQ(run_rule(R"({"var":["nothing","else"]})", kContext), "else");
    EXPECT_EQ(run_rule(R"({"var":["none",{"var":"a"}]})", kContext), 1);
    EXPECT_EQ(run_rule(R"({"var":{"cat":["user.","name"]}})", kContext), "ada");
    EXPECT_EQ(run_rule(R"({"var":[{"var":"text"},5]})", kContext), 5);
    EXPECT_EQ(run_rule(R"({"var":{"var":"user.tags"}})", kContext), "y");  // key and default
}

TEST(Var, HasNamesOfItsOwnBesideTheClients) {
    const test::Run with{.flag = "checkout", .user = "ada", .timestamp = 1'700'000'001};
    constexpr char kClaims[] =
        R"({"tenant":"other","plan":"golden","targetingKey":"eve","$flagd":{"flagKey":"x"},"z":1})";
    EXPECT_EQ(run_rule(R"([{"var":"tenant"},{"var":"plan"},{"var":"targetingKey"},{"var":"$flagd.flagKey"},
                           {"var":"$flagd.timestamp"},{"var":"$flagd.other"},{"var":"tenant.x"}])",
                       kClaims, with),
              R"(["acme","standard","ada","checkout",1700000001,null,null])"_json);
    // Also by a key that is computed, and as a whole.
    EXPECT_EQ(run_rule(R"([{"var":{"cat":["ten","ant"]}},{"var":{"cat":["$flagd",".flagKey"]}},
                           {"missing":["plan","targetingKey","$flagd.timestamp","$flagd.x","nope"]}])",
                       kClaims, with),
              R"(["acme","checkout",["$flagd.x","nope"]])"_json);
    EXPECT_EQ(
        run_rule(R"({"var":""})", kClaims, with),
        R"({"$flagd":{"flagKey":"checkout","timestamp":1700000001},"plan":"standard","targetingKey":"ada",
                  "tenant":"acme","z":1})"_json);
    EXPECT_EQ(run_rule(R"({"missing":["targetingKey"]})", kClaims), R"(["targetingKey"])"_json);
    EXPECT_EQ(run_rule(R"({"===":[{"var":""},{"var":""}]})", kClaims), true);
}

TEST(Missing, TellsAbsentFromNull) {
    EXPECT_EQ(run_rule(R"({"missing":["a","nothing","user.name","user.age","x"]})", kContext),
              R"(["user.age","x"])"_json);
    EXPECT_EQ(run_rule(R"({"missing":[["a","x"]]})", kContext), R"(["x"])"_json);
    EXPECT_EQ(run_rule(R"({"missing_some":[2,["a","x","y"]]})", kContext), R"(["x","y"])"_json);
    EXPECT_EQ(run_rule(R"({"missing_some":[1,["a","x","y"]]})", kContext), "[]"_json);
}

TEST(Comparisons, ConvertOrFail) {
    EXPECT_EQ(run_rule(R"({"<":[1,{"var":"a"},3]})", kContext), false);
    EXPECT_EQ(run_rule(R"({"<=":[1,{"var":"a"},3]})", kContext), true);
    EXPECT_EQ(run_rule(R"({"==":[{"var":"a"},"1"]})", kContext), true);
    EXPECT_EQ(run_rule(R"({"===":[{"var":"list"},{"var":"list"}]})", kContext), true);
    EXPECT_EQ(fault(R"({"==":[{"var":"a"},"x"]})", kContext), kNoNumber);
    EXPECT_EQ(fault(R"({"<":[{"var":"list"},1]})", kContext), kNoNumber);
    EXPECT_EQ(run_rule(R"({"==":[{"var":"text"},"x"]})", kContext), false);
    EXPECT_EQ(run_rule(R"({"<":[3,2,{"+":["x"]}]})"), false);  // the first false one decides
}

TEST(Arithmetic, ConvertsOrFails) {
    EXPECT_EQ(run_rule(R"({"+":[{"var":"a"},"2",true,null]})", kContext), 4);
    EXPECT_EQ(run_rule(R"({"-":["5"]})"), -5);
    EXPECT_EQ(run_rule(R"({"/":[4]})"), 0.25);
    EXPECT_EQ(run_rule(R"({"%":[-7,3]})"), -1);
    EXPECT_EQ(run_rule(R"({"*":[]})"), 1);
    EXPECT_EQ(run_rule(R"({"+":[]})"), 0);
    EXPECT_EQ(run_rule(R"({"+":{"var":"list"}})", kContext), 6);
    EXPECT_EQ(run_rule(R"({"max":{"var":"list"}})", kContext), 3);
    for (const auto* const rule : {R"({"+":["x"]})", R"({"/":[1,0]})", R"({"%":[1,0]})",
                                   R"({"*":[1e308,10]})", R"({"-":[[1]]})", R"({"+":[{"var":"list"}]})"})
        EXPECT_EQ(fault(rule, kContext), kNoNumber) << rule;
    for (const auto* const rule :
         {R"({"-":[]})", R"({"/":[]})", R"({"%":[1]})", R"({"max":[]})", R"({"min":[1,"2"]})"})
        EXPECT_EQ(fault(rule), kWrongArguments) << rule;
}

TEST(Text, IsJoinedCutAndSearched) {
    EXPECT_EQ(run_rule(R"({"cat":["a",1,null,true,[1,[2]],{"var":"none"}]})"), "a1true1,2");
    EXPECT_EQ(run_rule(R"({"cat":{"var":"list"}})", kContext), "123");
    EXPECT_EQ(run_rule(R"({"cat":[{"var":"list"}]})", kContext), "1,2,3");
    EXPECT_EQ(run_rule(R"({"substr":["h\u00e9llo",1,2]})"), "\xC3\xA9l");
    EXPECT_EQ(run_rule(R"({"substr":["abc",-10,2]})"), "ab");
    EXPECT_EQ(run_rule(R"({"substr":["abc",5]})"), "");
    EXPECT_EQ(run_rule(R"({"substr":["abc",0,-9]})"), "");
    EXPECT_EQ(run_rule(R"({"substr":["abc",1.9,1.9]})"), "b");
    EXPECT_EQ(fault(R"({"substr":[5,1]})"), kWrongArguments);
    EXPECT_EQ(run_rule(R"({"in":[1,"a1"]})"), true);
    EXPECT_EQ(run_rule(R"({"in":["1",[1,2]]})"), false);
    EXPECT_EQ(run_rule(R"({"in":["x",null]})"), false);
    EXPECT_EQ(run_rule(R"({"in":["",""]})"), false);
    EXPECT_EQ(fault(R"({"in":["x",5]})"), kWrongArguments);
}

TEST(Arrays, AreGoneThrough) {
    EXPECT_EQ(run_rule(R"({"map":[{"var":"people"},{"var":"age"}]})", kContext), "[3,40]"_json);
    EXPECT_EQ(run_rule(R"({"filter":[{"var":"people"},{">":[{"var":"age"},18]}]})", kContext),
              R"([{"age":40}])"_json);
    EXPECT_EQ(
        run_rule(R"({"reduce":[{"var":"people"},{"max":[{"var":"current.age"},{"var":"accumulator"}]},0]})",
                 kContext),
        40);
    EXPECT_EQ(run_rule(R"({"reduce":[[1,2],{"var":""},0]})"),
              R"({"current":2,"accumulator":{"current":1,"accumulator":0}})"_json);
    EXPECT_EQ(run_rule(R"({"map":[{"var":"list"},{"map":[[10,20],{"+":[{"var":""},1]}]}]})", kContext),
              "[[11,21],[11,21],[11,21]]"_json);
    EXPECT_EQ(run_rule(R"({"map":[{"var":"list"},{"var":"a"}]})", kContext), "[null,null,null]"_json);
    EXPECT_EQ(run_rule(R"({"map":[{"var":"people"},{"missing":["age","name"]}]})", kContext),
              R"([["name"],["name"]])"_json);
    EXPECT_EQ(run_rule(R"({"map":[{"var":"user.tags"},{"var":{"cat":["0"]}}]})", kContext),
              "[null,null]"_json);
    EXPECT_EQ(run_rule(R"([{"all":[{"var":"empty"},true]},{"some":[{"var":"nothing"},true]},
                           {"none":[{"var":"empty"},true]}])",
                       kContext),
              "[false,false,true]"_json);
    EXPECT_EQ(
        run_rule(
            R"([{"all":[{"var":"text"},true]},{"some":[{"var":"a"},true]},{"none":[{"var":"user"},true]}])",
            kContext),
        "[false,false,true]"_json);
    for (const auto* const rule : {R"({"map":[{"var":"text"},1]})", R"({"filter":[{"var":"a"},true]})",
                                   R"({"reduce":[{"var":"user"},1,2]})"})
        EXPECT_EQ(fault(rule, kContext), kWrongArguments) << rule;
    EXPECT_EQ(run_rule(R"({"merge":[1,[2,[3]],{"var":"list"}]})", kContext), "[1,2,[3],1,2,3]"_json);
}

TEST(Flagd, ComparesEndsAndVersionsOrSaysNothing) {
    EXPECT_EQ(run_rule(R"([{"starts_with":["abc","ab"]},{"ends_with":["abc","bc"]},{"starts_with":["abc",""]},
                           {"starts_with":["abc",1]},{"ends_with":["abc"]},{"starts_with":[null,"a"]}])"),
              "[true,true,true,null,null,null]"_json);
    EXPECT_EQ(
        run_rule(R"([{"sem_ver":["1.2.3",">=","v1.2"]},{"sem_ver":[1.5,"^","1"]},{"sem_ver":["x","=","1"]},
                           {"sem_ver":["1","==","1"]},{"sem_ver":["1","="]},{"sem_ver":[null,"=","1"]}])"),
        "[true,true,null,null,null,null]"_json);
    // With nothing known beforehand.
    EXPECT_EQ(run_rule(R"({"sem_ver":[{"var":"a"},{"var":"b"},{"var":"c"}]})",
                       R"({"a":"2.0.1","b":"~","c":"2.0"})"),
              true);
    EXPECT_EQ(run_rule(R"({"sem_ver":{"var":"x"}})", R"({"x":["1.0.0","<","2.0.0"]})"), true);
}

const char* const kHalves = R"(["a",50],["b",50])";

std::string half(const std::string& by, const test::Run& with, const char* context = "{}") {
    return run_rule("{\"fractional\":[" + by + kHalves + "]}", context, with).dump();
}

// murmur3("flagada") is 0x635b7359, that of "flagbob" 0x98e92929 and of "bob" 0xa85b7bf2: of a hundred 38,
// 59, 65.
TEST(Fractional, BucketsByWhatItIsTold) {
    EXPECT_EQ(half("", {.user = "ada"}), "\"a\"");
    EXPECT_EQ(half("", {.user = "bob"}), "\"b\"");
    EXPECT_EQ(half(R"({"var":"name"},)", {}, R"({"name":"flagada"})"), "\"a\"");
    EXPECT_EQ(half(R"({"var":"name"},)", {.user = "ada"}, R"({"name":"bob"})"), "\"b\"");
    EXPECT_EQ(half(R"("bob",)", {}), "\"b\"");
    EXPECT_EQ(half("", {}), "null");
    EXPECT_EQ(half(R"({"var":"none"},)", {.user = "ada"}), "null");
    EXPECT_EQ(half(R"({"var":"n"},)", {.user = "ada"}, R"({"n":5})"), "null");
    // What turns out to be a share is one.
    EXPECT_EQ(half(R"({"var":"share"},)", {.user = "ada"}, R"({"share":["c",1000000]})"), "\"c\"");
}

TEST(Fractional, AnInvalidShareMakesTheWholeInvalid) {
    const auto run = [](const char* shares) {
        return run_rule(std::string("{\"fractional\":[") + shares + "]}",
                        R"({"w":"x","five":5,"half":0.5,"list":[]})", {.user = "ada"})
            .dump();
    };
    EXPECT_EQ(run(R"(["a"])"), "\"a\"");
    EXPECT_EQ(run(R"([true,1])"), "true");
    EXPECT_EQ(run(R"([7,1])"), "7.0");
    EXPECT_EQ(run(R"([null,1])"), "null");
    EXPECT_EQ(run(R"(["a",0],["b",0])"), "null");
    EXPECT_EQ(run(R"(["a",-5],["b",5])"), "\"b\"");
    EXPECT_EQ(run(R"(["a",2147483647])"), "\"a\"");
    EXPECT_EQ(run(R"(["a",2147483647],["b",1])"), "null");
    EXPECT_EQ(run(R"(["a",1.5])"), "null");
    EXPECT_EQ(run(R"(["a",1],[])"), "null");
    EXPECT_EQ(run(R"(["a",1],["b",1,1])"), "null");
    EXPECT_EQ(run(R"(["a",1],"b")"), "null");
    EXPECT_EQ(run(R"([{"var":"w"},{"var":"five"}])"), "\"x\"");
    EXPECT_EQ(run(R"(["a",{"var":"half"}])"), "null");
    EXPECT_EQ(run(R"(["a",{"var":"w"}])"), "null");
    EXPECT_EQ(run(R"([{"var":"list"},1])"), "null");
    EXPECT_EQ(run(R"(["a",{"-":[{"var":"five"}]}],["b",1])"), "\"b\"");
    EXPECT_EQ(run(R"(["a",{"*":[{"var":"five"},429496729]}],["b",1000])"), "null");
}

// Of each share, as many as its weight says, however small.
TEST(Fractional, IsSpreadEvenly) {
    std::map<std::string, int> counts;
    for (int i = 0; i < 20'000; ++i)
        ++counts[run_json(R"({"fractional":[["a",1],["b",2],["c",7]]})"_json, json::object(),
                          {.user = "user-" + std::to_string(i)})
                     .get<std::string>()];
    EXPECT_NEAR(counts["a"], 2000, 200);
    EXPECT_NEAR(counts["b"], 4000, 250);
    EXPECT_NEAR(counts["c"], 14000, 300);
}

// The answers are those of flagd-testbed's scenarios for its coming version (Apache-2.0): 25 shares of 4.
TEST(FractionalV3, HashesCbor) {
    auto rule = R"({"fractional":[{"var":"hashing_input"}]})"_json;
    for (int i = 1; i <= 25; ++i)
        rule["fractional"].push_back({"bucket" + std::to_string(i), 4});
    const test::Run with{.set = {.fractional = FractionalVersion::kV3}};
    const std::vector<std::pair<const char*, int>> cases{
        {"true", 5},
        {"false", 1},
        {R"("user1")", 22},
        {R"("user2")", 16},
        {"123", 20},
        {"456", 12},
        {"1.23", 14},
        {"4.56", 18},
        {R"("123")", 22},
        {R"("null")", 8},
        {"0", 8},
        {"-0.0", 8},
        {"1.0", 23},
        {"-2", 12},
        {"9007199254740992.0", 10},
        {"2147483647", 10},
        {"-2147483648", 8},
        {"65536", 11},
        {"-25", 16},
        {"1e20", 19},
        {"-1e20", 25},
        {"0.00006103515625", 22},
        {"0.000000059604644775390625", 23},
        {"65505.0", 17},
        {"3.4028234663852886e+38", 10},
        {"1.1754943508222875e-38", 24},
        {"3.5e+38", 1},
        {"4.9406564584124654e-324", 2},
        {R"({"a": 1, "b": 2})", 23},
        {R"({"z": 1, "aa": 2})", 21},
        {R"({"a": true, "bbb": 1, "c": "text", "dddd": 2.5})", 25},
        {R"({"aaa": 1, "ÿ": 2})", 12},
        {R"({"b": -0.0, "a": {"b": 1}, "c": 0.0})", 8},
        {R"({"café": "façade", "b": {"résumé": {"ÿ": true}}})", 22},
        {"{}", 3},
        {R"({"a": [1, "two", true, [], null]})", 23},
        {R"({"a": {"b": {"c": {"d": null}}}})", 19},
        {R"("")", 4},
        {R"("あいうえおかき")", 17},
        {R"("éééééééééééé")", 19},
    };
    for (const auto& [input, bucket] : cases)
        EXPECT_EQ(run_json(rule, {{"hashing_input", json::parse(input)}}, with),
                  "bucket" + std::to_string(bucket))
            << input;
    EXPECT_EQ(run_json(rule, {{"hashing_input", std::string(255, 'a')}}, with), "bucket18");
    EXPECT_EQ(run_json(rule, {{"hashing_input", std::string(256, 'a')}}, with), "bucket7");
    EXPECT_EQ(run_json(rule, json::object(), with), nullptr);
}

TEST(FractionalV3, HashesBothKeysAsAnArray) {
    const auto rule = R"({"fractional":[["heads"],["tails",1]]})"_json;
    const auto run = [&rule](const char* user) {
        return run_json(rule, json::object(),
                        {.flag = "fractional-flag-shorthand",
                         .user = user,
                         .set = {.fractional = FractionalVersion::kV3}});
    };
    EXPECT_EQ(run("user-1"), "heads");
    EXPECT_EQ(run("user-2"), "tails");
    EXPECT_EQ(run("user-3"), "heads");
    EXPECT_EQ(run("jon@company.com"), "tails");
    EXPECT_EQ(run("jane@company.com"), "tails");
    EXPECT_EQ(run(""), nullptr);
}

}  // namespace
}  // namespace mortise::flags
