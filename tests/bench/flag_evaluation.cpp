// Times evaluations in the process, and loads as many overrides as the largest installation that is planned
// for.
//
// Prints: nanoseconds of a static flag with an override, of `fractional`, of it in version 3, of a rule of
// `and` with `sem_ver` and `fractional`, of a flag that isn't there, of one flag of all of them; then the
// seconds that 10,000 flags and 1,000,000 overrides take to load, and the megabytes that they hold.
#include "core/base/file.hpp"
#include "core/flags/flag_set_builder.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mortise;
using namespace mortise::flags;
using Clock = std::chrono::steady_clock;

const base::Uuid kTenant = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000001");

std::shared_ptr<const CompiledFlag> compiled(const std::string& key, const std::string& definition,
                                             const RuleSet& set = {}) {
    const auto parsed = parse_definition(definition, set);
    if (!parsed) {
        std::fprintf(stderr, "%s: %s\n", key.c_str(), parsed.error().code.c_str());
        std::exit(1);
    }
    return std::make_shared<const CompiledFlag>(key, *parsed, parsed->metadata);
}

std::string with_rule(const std::string& rule) {
    return R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":)" +
           rule + "}";
}

FlagSet make_flags() {
    FlagSetBuilder builder;
    const std::string plain =
        R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})";
    builder.add_flag({}, compiled("checkout.static", plain));
    builder.add_flag({},
                     compiled("checkout.fractional", with_rule(R"({"fractional":[["on",25],["off",75]]})")));
    builder.add_flag({},
                     compiled("checkout.fractional-v3", with_rule(R"({"fractional":[["on",25],["off",75]]})"),
                              {.fractional = FractionalVersion::kV3}));
    builder.add_flag(
        {}, compiled("checkout.rule", with_rule(
                                          R"({"if":[{"and":[{"sem_ver":[{"var":"version"},">=","1.2.0"]},
            {"fractional":[{"var":"email"},[true,50],[false,50]]}]},"on","off"]})")));
    for (int i = 0; i < 1000; ++i)
        builder.add_flag({}, compiled("other.flag-" + std::to_string(i), plain));
    for (int i = 0; i < 100; ++i)
        builder.add_override(kTenant, "other.flag-" + std::to_string(i), "user-" + std::to_string(i), "on");
    builder.add_override(kTenant, "checkout.static", "user-4711", "on");
    for (std::uint8_t i = 2; i < 250; ++i) {
        base::Uuid other = kTenant;
        other.bytes[15] = i;
        builder.add_override(other, "checkout.static", "user-4711", "on");
    }
    return builder.build();
}

// Nanoseconds of one call: the least of several rounds, so that what else the machine does counts least.
double best_of(const std::function<void()>& call, int calls = 5'000, int rounds = 300) {
    double best = 1e18;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = Clock::now();
        for (int i = 0; i < calls; ++i)
            call();
        const std::chrono::duration<double, std::nano> spent = Clock::now() - begin;
        best = std::min(best, spent.count() / calls);
    }
    return best;
}

void time_evaluations() {
    const auto flags = make_flags();
    const std::vector<Member> attributes{{"country", Value::string("AL")},
                                         {"email", Value::string("ada.lovelace@example.com")},
                                         {"version", Value::string("1.3.7")}};
    const Subject subject{.tenant = kTenant,
                          .tenant_slug = "acme",
                          .plan = "standard",
                          .targeting_key = "user-4711",
                          .attributes = attributes,
                          .now = 1'700'000'000};
    std::size_t seen = 0;
    for (const std::string_view key : {"checkout.static", "checkout.fractional", "checkout.fractional-v3",
                                       "checkout.rule", "checkout.unknown"}) {
        const auto time = best_of([&] { seen += flags.evaluate(subject, key).variant.size(); });
        std::printf("%.1f ", time);
    }
    const auto all = best_of(
        [&] { flags.evaluate_all(subject, [&](const Evaluation& one) { seen += one.key.size(); }); }, 10);
    std::printf("%.1f ", all / static_cast<double>(flags.flag_count()));
    if (seen == 0) std::exit(1);
}

std::size_t resident_bytes() {
    const auto text = base::read_file("/proc/self/statm", 4096);
    if (!text) return 0;
    return std::strtoull(text->c_str() + text->find(' '), nullptr, 10) *
           static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void load_many() {
    constexpr int kFlags = 10'000, kTenants = 10'000, kOverrides = 100;
    const auto before = resident_bytes();
    const auto begin = Clock::now();
    FlagSetBuilder builder;
    std::vector<std::string> keys;
    for (int i = 0; i < kFlags; ++i) {
        keys.push_back("team-" + std::to_string(i % 50) + ".feature-" + std::to_string(i));
        builder.add_flag(
            {}, compiled(keys.back(), with_rule(R"({"if":[{"==":[{"var":"country"},"AL"]},"on",null]})")));
    }
    for (int tenant = 0; tenant < kTenants; ++tenant) {
        base::Uuid id = kTenant;
        id.bytes[14] = static_cast<std::uint8_t>(tenant >> 8);
        id.bytes[15] = static_cast<std::uint8_t>(tenant);
        for (int i = 0; i < kOverrides; ++i) {
            std::array<char, 40> user{};
            std::snprintf(user.data(), user.size(), "0190a0b0-c0d0-7000-8000-%012d", tenant * kOverrides + i);
            builder.add_override(id, keys[static_cast<std::size_t>((tenant + i * 97) % kFlags)], user.data(),
                                 "on");
        }
    }
    const auto flags = builder.build();
    const std::chrono::duration<double> spent = Clock::now() - begin;
    if (flags.flag_count() != kFlags || flags.override_count() != kTenants * kOverrides) std::exit(1);
    std::printf("%.2f %.1f\n", spent.count(), static_cast<double>(resident_bytes() - before) / 1e6);
}

}  // namespace

int main() {
    time_evaluations();
    load_many();
    return 0;
}
