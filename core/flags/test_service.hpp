#pragma once

#include "core/flags/flag_service.hpp"
#include "core/flags/segment_service.hpp"
#include "core/flags/snapshot.hpp"
#include "core/flags/tenant_data.hpp"
#include "core/tenancy/test_world.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mortise::flags {

// What the tests of the services of this room begin with: two tenants, and flags that nobody has made yet.
class ServiceTest : public ::testing::Test {
 protected:
    ServiceTest() {
        world.snapshots.add(store);
        acme = tenancy::World::context_in(world.make_tenant("acme"));
        other = tenancy::World::context_in(world.make_tenant("other"));
        for (auto* const context : {&platform, &acme, &other})
            context->principal = {base::PrincipalKind::kUser, base::new_uuid(world.clock), "ada"};
        for (auto* const context : {&platform, &acme, &other})
            context->actor = context->principal;
    }

    // A flag that is "on" or "off".
    static std::string flag(std::string_view by_default, std::string_view targeting = {}) {
        std::string text = R"({"state":"ENABLED","variants":{"off":false,"on":true},"defaultVariant":")";
        text += by_default;
        text += '"';
        if (!targeting.empty()) text += R"(,"targeting":)" + std::string(targeting);
        return text + "}";
    }
    template <class T>
    static std::string code_of(const base::Result<T>& result) {
        return result ? "" : result.error().code;
    }
    auto put(const base::RequestContext& context, std::string_view key, std::string_view definition) {
        return world.write(
            [&](storage::Unit& unit) { return flags.put(context, unit, key, definition, {}); });
    }
    auto remove(const base::RequestContext& context, std::string_view key) {
        return world.write([&](storage::Unit& unit) { return flags.remove(context, unit, key, {}); });
    }
    auto override_with(const base::RequestContext& context, std::string_view key, std::string_view user,
                       std::string_view variant) {
        return world.write(
            [&](storage::Unit& unit) { return flags.put_override(context, unit, key, user, variant); });
    }
    // "on", "off", another variant, or why there is none.
    std::string variant(const base::RequestContext& context, std::string_view key,
                        std::string_view user = "u") {
        const auto set = store.read();
        const auto evaluation = set->evaluate({.tenant = context.tenant,
                                               .tenant_slug = context.tenant_slug,
                                               .plan = context.plan,
                                               .targeting_key = user},
                                              key);
        if (!evaluation.found) return "none";
        return std::string(evaluation.error == ErrorCode::kNone ? evaluation.variant
                                                                : to_string(evaluation.error));
    }
    // How many approvals the changes of a context's owner need in its environment.
    void need_approvals(const base::RequestContext& context, std::int64_t count) {
        using storage::Type;
        const storage::Statement forget{"test.forget_environment",
                                        "DELETE FROM flag_environments WHERE tenant_id = $1 AND name = $2",
                                        {Type::kUuid, Type::kText}};
        const storage::Statement set{
            "test.set_environment",
            "INSERT INTO flag_environments (tenant_id, name, description, approvals_required, created_at, "
            "updated_at, version) VALUES ($1, $2, '', $3, 0, 0, 1)",
            {Type::kUuid, Type::kText, Type::kInteger}};
        const std::string_view name = context.environment;
        tenancy::World::check(world.write([&](storage::Unit& unit) -> base::Status {
            MORTISE_TRY(unit.run(forget, {context.tenant, name}));
            MORTISE_TRY(unit.run(set, {context.tenant, name, count}));
            return {};
        }));
    }

    FlagData data;
    tenancy::World world{{&data}};
    FlagStore store;
    FlagService flags{world.clock};
    SegmentService segments{world.clock};
    base::RequestContext platform = tenancy::system_context();
    base::RequestContext acme;
    base::RequestContext other;
};

}  // namespace mortise::flags
