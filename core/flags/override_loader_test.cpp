// A snapshot that takes overrides from the one before is what one that reads all would be.
#include "core/flags/override_loader.hpp"

#include "core/flags/test_service.hpp"

#include <random>

namespace mortise::flags {
namespace {

class OverrideLoaderTest : public ServiceTest {
 protected:
    base::RequestContext in(base::RequestContext context, std::string_view environment) {
        context.environment = environment;
        return context;
    }
    std::string seen_in(const FlagStore& from, std::string_view environment) {
        const auto set = from.read(environment);
        std::string all = std::to_string(set->override_count()) + ' ';
        for (const auto* const context : {&platform, &acme, &other})
            for (const std::string_view user : {"", "ada", "bob", "eve"}) {
                all += set->config_tag(context->tenant, 0).to_text() + ' ';
                set->evaluate_all({.tenant = context->tenant, .targeting_key = user},
                                  [&all](const Evaluation& one) { all.append(one.key).append(one.variant); });
            }
        return all;
    }
    // Whether `store`, which has been loaded after each write, is as if it were loaded anew.
    void expect_as_loaded_anew(const std::string& after) {
        FlagStore fresh;
        tenancy::World::check(world.read([&](storage::Unit& unit) { return fresh.load(unit); }));
        for (const auto environment : {"production", "staging"})
            ASSERT_EQ(seen_in(store, environment), seen_in(fresh, environment)) << after;
    }
    std::size_t overrides() { return store.read()->override_count(); }
};

TEST_F(OverrideLoaderTest, IsAsIfAllHadBeenRead) {
    std::mt19937 random(7);
    const auto any = [&random](auto list) {
        return *(list.begin() + static_cast<std::ptrdiff_t>(random() % list.size()));
    };
    using Names = std::initializer_list<std::string_view>;
    for (int i = 0; i < 300; ++i) {
        const auto key = any(Names{"a", "b", "c", "d"});
        const auto user = any(Names{"", "ada", "bob"});
        const auto& owner =
            *any(std::initializer_list<const base::RequestContext*>{&platform, &acme, &other});
        const auto context = in(owner, any(Names{"production", "staging"}));
        const auto what = random() % 8;
        if (what < 2)
            (void)put(context, key, flag(any(Names{"on", "off"})));
        else if (what == 2)
            (void)remove(context, key);
        else if (what == 3)
            (void)world.write(
                [&](storage::Unit& unit) { return flags.remove_override(context, unit, key, user); });
        else
            (void)override_with(context, key, user, any(Names{"on", "off"}));
        expect_as_loaded_anew(std::to_string(i) + " of kind " + std::to_string(what));
    }
    EXPECT_GT(overrides(), 0U) << "or nothing was compared";
}

TEST_F(OverrideLoaderTest, ReadsOnlyThoseOfTenantsThatChanged) {
    ASSERT_TRUE(put(platform, "f", flag("off")));
    ASSERT_TRUE(override_with(acme, "f", "ada", "on"));
    ASSERT_TRUE(override_with(other, "f", "ada", "on"));
    // A change that no mark tells of stays unseen, so nobody has read it.
    const storage::Statement change{"test.change",
                                    "UPDATE flag_overrides SET variant = 'off' WHERE tenant_id = $1",
                                    {storage::Type::kUuid}};
    const storage::Statement mark{"test.mark",
                                  "UPDATE flag_override_marks SET mark = $1 WHERE tenant_id = $2",
                                  {storage::Type::kInteger, storage::Type::kUuid}};
    tenancy::World::check(world.write([&](storage::Unit& unit) -> base::Status {
        MORTISE_TRY_ASSIGN(const auto marks, repository::override_marks(unit));
        MORTISE_TRY(unit.run(change, {other.tenant}));
        MORTISE_TRY(unit.run(mark, {marks.at(other.tenant), other.tenant}));
        return {};
    }));
    ASSERT_TRUE(override_with(acme, "f", "ada", "off"));
    EXPECT_EQ(variant(acme, "f", "ada"), "off");
    EXPECT_EQ(variant(other, "f", "ada"), "on");
    ASSERT_TRUE(override_with(other, "f", "bob", "off"));
    EXPECT_EQ(variant(other, "f", "ada"), "off");
}

TEST_F(OverrideLoaderTest, AKeyThatComesBringsWhatWaitsForIt) {
    ASSERT_TRUE(put(platform, "f", flag("off")));
    ASSERT_TRUE(override_with(acme, "f", "ada", "on"));
    const storage::Statement rename{"test.rename", "UPDATE flag_overrides SET key = 'g' WHERE key = 'f'", {}};
    tenancy::World::check(world.write([&](storage::Unit& unit) -> base::Status {
        MORTISE_TRY(unit.run(rename, {}));
        return {};
    }));
    ASSERT_TRUE(put(other, "h", flag("off")));
    EXPECT_EQ(overrides(), 0U) << "nobody can see it";
    ASSERT_TRUE(put(platform, "g", flag("off")));
    EXPECT_EQ(variant(acme, "g", "ada"), "on");
    expect_as_loaded_anew("a key came");
}

}  // namespace
}  // namespace mortise::flags
