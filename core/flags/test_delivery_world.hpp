#pragma once

#include "core/flags/environment_service.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/segment_service.hpp"
#include "core/flags/snapshot.hpp"
#include "core/flags/tenant_data.hpp"
#include "core/tenancy/test_world.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

// What the tests of environments, segments and states begin with.
namespace mortise::flags {

inline constexpr char kFalse[] =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"})";
inline constexpr char kTrue[] =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"})";
inline constexpr char kInSegment[] =
    R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"$ref":"us"},"on"]}})";

inline std::string needing(const std::string& other, const std::string& variant_name = "on") {
    return R"({"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on",)"
           R"("mortise":{"off_variant":"off","prerequisites":[{"flag":")" +
           other + R"(","variants":[")" + variant_name + R"("]}]}})";
}

class DeliveryWorldTest : public ::testing::Test {
 protected:
    DeliveryWorldTest() {
        world.snapshots.add(store);
        tenancy::World::check(world.snapshots.refresh());
        acme = tenancy::World::context_in(world.make_tenant("acme"));
        other = tenancy::World::context_in(world.make_tenant("other"));
    }

    static base::RequestContext in(base::RequestContext context, std::string environment) {
        context.environment = std::move(environment);
        return context;
    }
    template <class T>
    static std::string code_of(const base::Result<T>& result) {
        return result ? "" : result.error().code;
    }
    static std::string code_of(const base::Status& status) { return status ? "" : status.error().code; }
    // The first fault, "pointer code".
    template <class T>
    static std::string fault_of(const base::Result<T>& result) {
        if (result || result.error().fields.empty()) return "";
        return result.error().fields[0].pointer + " " + result.error().fields[0].code;
    }

    auto put(const base::RequestContext& context, std::string_view key, std::string_view definition = kFalse,
             std::optional<std::int64_t> version = {}) {
        return world.write(
            [&](storage::Unit& unit) { return flags.put(context, unit, key, definition, version); });
    }
    auto remove(const base::RequestContext& context, std::string_view key) {
        return world.write([&](storage::Unit& unit) { return flags.remove(context, unit, key, {}); });
    }
    auto get(const base::RequestContext& context, std::string_view key) {
        return world.read([&](storage::Unit& unit) { return flags.get(context, unit, key); });
    }
    auto promote(const base::RequestContext& context, std::string_view key, std::string_view from,
                 std::string_view to) {
        return world.write([&](storage::Unit& unit) { return flags.promote(context, unit, key, from, to); });
    }
    auto import(const base::RequestContext& context, std::string_view document) {
        return world.write([&](storage::Unit& unit) { return flags.import(context, unit, document); });
    }
    auto override_with(const base::RequestContext& context, std::string_view key, std::string_view variant) {
        return world.write(
            [&](storage::Unit& unit) { return flags.put_override(context, unit, key, "", variant); });
    }
    auto put_set(const base::RequestContext& context, std::string_view definition) {
        return world.write([&](storage::Unit& unit) { return flags.put_set(context, unit, definition, {}); });
    }
    auto put_segment(const base::RequestContext& context, std::string_view key, std::string_view definition) {
        return world.write([&](storage::Unit& unit) { return segments.put(context, unit, key, definition); });
    }
    auto drop_segment(const base::RequestContext& context, std::string_view key) {
        return world.write([&](storage::Unit& unit) { return segments.remove(context, unit, key); });
    }
    auto make(const base::RequestContext& context, std::string_view name, std::int64_t approvals = 0) {
        return world.write([&](storage::Unit& unit) {
            return environments.put(context, unit, name, {"Ours.", approvals});
        });
    }
    template <class Member>
    auto change(Member member, const base::RequestContext& context, std::string_view key) {
        return world.write([&](storage::Unit& unit) { return (flags.*member)(context, unit, key, {}); });
    }
    auto kill(const base::RequestContext& context, std::string_view key,
              std::string_view reason = "It burns.") {
        return world.write([&](storage::Unit& unit) { return flags.kill(context, unit, key, reason); });
    }
    std::string listed(const base::RequestContext& context, bool archived = false) {
        const auto page = world.read(
            [&](storage::Unit& unit) { return flags.list(context, unit, {.limit = 100}, archived); });
        std::string all;
        if (page)
            for (const auto& flag : page->items)
                all += flag.key + "@" + flag.environment + " ";
        return all;
    }

    std::string value(const base::RequestContext& context, std::string_view key,
                      std::string_view user = "u") {
        const auto set = store.read(context.environment);
        if (set == nullptr) return "no environment";
        const auto evaluation = set->evaluate({.tenant = context.tenant,
                                               .tenant_slug = context.tenant_slug,
                                               .plan = context.plan,
                                               .targeting_key = user},
                                              key);
        if (!evaluation.found) return "none";
        if (evaluation.error != ErrorCode::kNone) return std::string(to_string(evaluation.error));
        return std::string(evaluation.value.empty() ? to_string(evaluation.reason) : evaluation.value);
    }

    FlagData data;
    tenancy::World world{{&data}};
    FlagStore store;
    FlagService flags{world.clock};
    SegmentService segments{world.clock};
    EnvironmentService environments{world.clock};
    base::RequestContext platform = tenancy::system_context();
    base::RequestContext acme;
    base::RequestContext other;
};

}  // namespace mortise::flags
