#include "licenses/issuer/terms.hpp"

#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/terms_options.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace mortise::issuer {
namespace {

using licenses::LimitKind;
using licenses::Overage;
using licenses::Period;

constexpr licenses::Seconds kNow = 1'800'000'000, kDay = 86400;

std::string code_of(const std::function<void()>& body) {
    try {
        body();
        return "";
    } catch (const Failure& failure) {
        return failure.code();
    }
}

licenses::Limit limit_of(const std::string& text) {
    std::map<std::string, licenses::Limit, std::less<>> out;
    read_limit_term("--limit", text, out);
    return out.begin()->second;
}

TEST(Terms, Durations) {
    EXPECT_EQ(read_duration("x", "900"), 900);
    EXPECT_EQ(read_duration("x", "900s"), 900);
    EXPECT_EQ(read_duration("x", "15m"), 900);
    EXPECT_EQ(read_duration("x", "12h"), 43200);
    EXPECT_EQ(read_duration("x", "7d"), 604800);
    EXPECT_EQ(read_duration("x", "1y"), 365 * kDay);
    for (const char* wrong : {"", "d", "1w", "-1d", "1.5h", "99999999999999999999d", "9999y", "1 d"})
        EXPECT_EQ(code_of([&] { read_duration("x", wrong); }), "bad_option") << wrong;
}

TEST(Terms, LimitsOnTheCommandLine) {
    EXPECT_EQ(limit_of("users=10"), licenses::Limit(10));
    const licenses::Limit seats = limit_of("seats=20,kind=seats,lease=15m,borrow=7d");
    EXPECT_EQ(seats.kind, LimitKind::kSeats);
    EXPECT_EQ(seats.lease, 900);
    EXPECT_EQ(seats.borrow, 7 * kDay);
    const licenses::Limit meter = limit_of("requests=1000000,kind=meter,per=month,overage=soft");
    EXPECT_EQ(meter.kind, LimitKind::kMeter);
    EXPECT_EQ(meter.per, Period::kMonth);
    EXPECT_EQ(meter.overage, Overage::kSoft);
    const licenses::Limit tenants = limit_of("api=100,per_tenant=10,tenant:acme=50");
    EXPECT_EQ(tenants.of_tenant("acme"), 50u);
    EXPECT_EQ(tenants.of_tenant("beta"), 10u);
    for (const char* wrong : {"users", "users=", "users=ten", "users=-1", "users=1,kind=other", "users=1,x=2",
                              "users=1,overage=some", "users=1,per=week", "users=1,tenant:acme=x", "=,"})
        EXPECT_EQ(code_of([&] { limit_of(wrong); }), "bad_option") << wrong;
}

TEST(Terms, GrantsOnTheCommandLine) {
    std::map<std::string, licenses::PluginGrant, std::less<>> out;
    read_grant_term("--grant", "rules,exp=2027-06-01T00:00:00Z,from=1.2.0,below=3.0.0", out);
    EXPECT_EQ(out.at("rules"), (licenses::PluginGrant{1811808000, "1.2.0", "3.0.0"}));
    EXPECT_EQ(code_of([&] { read_grant_term("--grant", "rules", out); }), "bad_option") << "twice";
    EXPECT_EQ(code_of([&] { read_grant_term("--grant", "exp=2027-06-01T00:00:00Z", out); }), "bad_option");
    EXPECT_EQ(code_of([&] { read_grant_term("--grant", "x,until=2027", out); }), "bad_option");
}

TEST(Terms, WhatIsSaidLaterCounts) {
    Terms plan, said;
    plan.duration = 365 * kDay;
    plan.limits = {{"users", 10}, {"nodes", 2}};
    plan.features = {{"sso"}};
    said.not_after = kNow + kDay;
    said.limits = {{"users", 50}};
    const Terms both = overlay(plan, said);
    EXPECT_FALSE(both.duration) << "an end takes the place of a length";
    EXPECT_EQ(both.not_after, kNow + kDay);
    EXPECT_EQ(both.limits.at("users").max, 50u);
    EXPECT_EQ(both.limits.at("nodes").max, 2u);
    EXPECT_EQ(both.features, std::vector<std::string>{"sso"});
}

TEST(Terms, MakeALicence) {
    Terms terms;
    terms.subject = "Customer GmbH";
    terms.plan = "standard";
    terms.duration = 30 * kDay;
    terms.maintenance = 60 * kDay;
    terms.refresh = 7 * kDay;
    terms.by_activation = true;
    auto licence = make_licence(terms, "Tenon Ltd", kNow, 5);
    licence.id = "1";
    check_licence(licence);
    EXPECT_EQ(licence.not_before, kNow);
    EXPECT_EQ(licence.not_after, kNow + 30 * kDay);
    EXPECT_EQ(licence.maintained_until, kNow + 60 * kDay);
    EXPECT_EQ(licence.refresh_by, kNow + 7 * kDay);
    EXPECT_EQ(licence.grace, 14 * kDay);
    EXPECT_TRUE(licence.binding->by_activation);
    EXPECT_EQ(licence.sequence, 5u);
    terms.duration.reset();
    EXPECT_EQ(code_of([&] { make_licence(terms, "V", kNow, 1); }), "bad_option") << "no end";
    terms.model = licenses::Model::kPerpetual;
    EXPECT_EQ(code_of([&] { make_licence(terms, "V", kNow, 1); }), "");
    terms.subject.reset();
    EXPECT_EQ(code_of([&] { make_licence(terms, "V", kNow, 1); }), "bad_option");
}

class TomlFiles : public ::testing::Test {
 protected:
    TomlFiles() {
        std::string name = (std::filesystem::temp_directory_path() / "mortise-terms-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~TomlFiles() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path write(const std::string& content) {
        const auto file = folder_ / "file.toml";
        std::ofstream(file) << content;
        return file;
    }
    std::filesystem::path folder_;
};

TEST_F(TomlFiles, ACatalogue) {
    const Catalogue plans = read_catalogue(write(R"(
[plans.standard]
model = "subscription"
days = 365
grace_days = 14
price = "1200.00 EUR"
plugins = ["milestones", "rules"]
features = ["sso"]
[plans.standard.limits]
users = 50
seats = { max = 20, kind = "seats", lease = "15m", borrow = "7d" }
requests = { max = 1000000, kind = "meter", per = "month", overage = "soft" }
api = { max = 100, per_tenant = 10, tenants = { acme = 50 } }

[plans.machine]
model = "perpetual"
maint_days = 365
bind = "activation"
plugins = { milestones = {}, rules = { from = "1.2.0", below = "3.0.0", exp = "2030-01-01T00:00:00Z" } }
limits = { machines = 3 }
)"));
    const Terms& standard = plans.at("standard");
    EXPECT_EQ(standard.plan, "standard");
    EXPECT_EQ(standard.duration, 365 * kDay);
    EXPECT_EQ(standard.price, "1200.00 EUR");
    EXPECT_EQ(standard.limits.at("seats").lease, 900);
    EXPECT_EQ(standard.limits.at("requests").overage, Overage::kSoft);
    EXPECT_EQ(standard.limits.at("api").of_tenant("acme"), 50u);
    EXPECT_TRUE(standard.plugins->contains("rules"));
    const Terms& machine = plans.at("machine");
    EXPECT_EQ(machine.model, licenses::Model::kPerpetual);
    EXPECT_TRUE(*machine.by_activation);
    EXPECT_EQ(machine.plugins->at("rules").below, "3.0.0");
    EXPECT_TRUE(read_catalogue(folder_ / "missing.toml").empty());
}

TEST_F(TomlFiles, WhatIsMisspeltIsRefused) {
    const char* const wrong[] = {
        "[plans.a]\nday = 3",
        "[plans.a]\ndays = \"3\"",
        "[plans.a]\ndays = -3",
        "[plans.a]\nmodel = \"rental\"",
        "[plans.a]\nplugins = 3",
        "[plans.a]\nplugins = [\"x\", \"x\"]",
        "[plans.a]\nplugins = { x = { until = 1 } }",
        "[plans.a.limits]\nusers = \"ten\"",
        "[plans.a.limits]\nusers = { kind = \"seats\" }",
        "[plans.a.limits]\nusers = { max = 1, kinds = \"seats\" }",
        "[plans.a]\nbind = \"machine\"",
        "[plan.a]\ndays = 3",
        "plans = 3",
        "[plans.a]\ndays = ",
    };
    for (const char* text : wrong)
        EXPECT_EQ(code_of([&] { read_catalogue(write(text)); }), "bad_option") << text;
}

TEST_F(TomlFiles, ALicenceFileOverItsPlan) {
    const Terms file = read_licence_file(write(
        "sub = \"Customer GmbH\"\nplan = \"standard\"\nnot_after = \"2028-01-01T00:00:00Z\"\nlimits = { users = 7 }\n"));
    Catalogue plans;
    plans["standard"].duration = 365 * kDay;
    plans["standard"].limits = {{"users", 50}, {"nodes", 2}};
    const Terms terms = with_plan(file, plans);
    EXPECT_EQ(terms.not_after, 1830297600);
    EXPECT_FALSE(terms.duration);
    EXPECT_EQ(terms.limits.at("users").max, 7u);
    EXPECT_EQ(terms.limits.at("nodes").max, 2u);
    Terms unknown;
    unknown.plan = "gold";
    EXPECT_EQ(code_of([&] { with_plan(unknown, plans); }), "unknown_plan");
    EXPECT_EQ(code_of([&] { with_plan(unknown, {}); }), "") << "without a catalogue any name will do";
}

TEST(Terms, ColumnsOfAList) {
    Terms terms;
    for (const auto& [name, value] :
         {std::pair{"sub", "C"}, std::pair{"plan", "p"}, std::pair{"days", "30"},
          std::pair{"limits", "users=10; seats=5,kind=seats,lease=15m"},
          std::pair{"plugins", "rules milestones"}, std::pair{"features", "a;b c"},
          std::pair{"price", "10.00 EUR"}, std::pair{"note", ""}})
        set_term(terms, name, value, "Line 2");
    EXPECT_EQ(terms.duration, 30 * kDay);
    EXPECT_EQ(terms.limits.at("seats").max, 5u);
    EXPECT_EQ(terms.plugins->size(), 2u);
    EXPECT_EQ(terms.features, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_FALSE(terms.note);
    EXPECT_EQ(code_of([&] { set_term(terms, "price", "free", "Line 2"); }), "bad_option");
    EXPECT_EQ(code_of([&] { set_term(terms, "colour", "red", "Line 2"); }), "bad_option");
}

}  // namespace
}  // namespace mortise::issuer
