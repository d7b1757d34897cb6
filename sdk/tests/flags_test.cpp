#include "mortise/flags.hpp"

#include "mortise/plugin.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace mortise::sdk {
namespace {

// A host that answers what the test says, and keeps what it was asked.
struct FakeFlags {
    mortise_flags_1 table{sizeof(mortise_flags_1), 0, evaluate, watch};
    mortise_flag_value answer{sizeof(mortise_flag_value),
                              MORTISE_FLAG_NONE,
                              MORTISE_FLAG_ERROR,
                              MORTISE_FLAG_E_NOT_FOUND,
                              0,
                              0,
                              {},
                              {},
                              {}};
    mortise_status status = MORTISE_OK;
    std::string key;
    std::uint32_t type = 0;
    std::string context;  // the options, the targeting key, then each attribute
    mortise_flag_watcher watcher{};
    mortise_status watched = MORTISE_OK;

    static FakeFlags*& current() {
        static FakeFlags* flags = nullptr;
        return flags;
    }
    FakeFlags() { current() = this; }

    static mortise_status evaluate(const mortise_flags_1*, mortise_call, mortise_text key, std::uint32_t type,
                                   const mortise_flag_context* context, const mortise_flag_sink* sink) {
        FakeFlags& self = *current();
        self.key = view(key);
        self.type = type;
        self.context = std::to_string(context->options) + " " + std::string(view(context->targeting_key));
        for (std::uint64_t i = 0; i < context->attribute_count; ++i)
            self.context += " " + shown(context->attributes[i]);
        if (self.status == MORTISE_OK) sink->take(sink->context, &self.answer);
        return self.status;
    }
    static mortise_status watch(const mortise_flags_1*, const mortise_flag_watcher* watcher) {
        current()->watcher = *watcher;
        return current()->watched;
    }
    static std::string shown(const mortise_flag_attribute& attribute) {
        const mortise_value& value = attribute.value;
        std::string text = std::string(view(attribute.name)) + ":" + std::to_string(value.type) + "=";
        if (value.type == MORTISE_VALUE_REAL) return text + std::to_string(value.as.real);
        if (value.type == MORTISE_VALUE_TEXT || value.type == MORTISE_FLAG_VALUE_JSON)
            return text +
                   std::string(reinterpret_cast<const char*>(value.as.bytes.data), value.as.bytes.size);
        return text + std::to_string(value.as.integer);
    }

    Flags flags() const { return {table, 1}; }
    void give(std::uint32_t as, std::int64_t integer, double number, std::string_view text) {
        answer.type = as;
        answer.reason = MORTISE_FLAG_STATIC;
        answer.error = MORTISE_FLAG_E_NONE;
        answer.integer = integer;
        answer.number = number;
        answer.text = to_abi(text);
        answer.variant = to_abi(std::string_view("v"));
    }
};

TEST(FlagsWrapper, AsksForTheTypeAndGivesTheValue) {
    FakeFlags fake;
    fake.give(MORTISE_FLAG_BOOLEAN, 1, 0, {});
    EXPECT_TRUE(fake.flags().boolean("k", false));
    EXPECT_EQ(fake.key, "k");
    EXPECT_EQ(fake.type, std::uint32_t{MORTISE_FLAG_BOOLEAN});
    fake.give(MORTISE_FLAG_INTEGER, -7, -7, {});
    EXPECT_EQ(fake.flags().integer("k", 1), -7);
    fake.give(MORTISE_FLAG_NUMBER, 0, 0.25, {});
    EXPECT_EQ(fake.flags().number("k", 1), 0.25);
    fake.give(MORTISE_FLAG_TEXT, 0, 0, "red");
    EXPECT_EQ(fake.flags().text("k", "blue"), "red");
    fake.give(MORTISE_FLAG_JSON, 0, 0, "[1]");
    const auto details = fake.flags().json_details("k", "null");
    EXPECT_EQ(fake.type, std::uint32_t{MORTISE_FLAG_JSON});
    EXPECT_EQ(details.value, "[1]");
    EXPECT_TRUE(details.from_flag);
    EXPECT_EQ(details.variant, "v");
    EXPECT_EQ(details.reason, FlagReason::kStatic);
    EXPECT_EQ(details.error, FlagError::kNone);
}

TEST(FlagsWrapper, WithoutAValueGivesTheDefault) {
    FakeFlags fake;
    fake.answer.detail = to_abi(std::string_view("None."));
    EXPECT_TRUE(fake.flags().boolean("k", true));
    EXPECT_EQ(fake.flags().integer("k", 7), 7);
    EXPECT_EQ(fake.flags().number("k", 0.5), 0.5);
    EXPECT_EQ(fake.flags().text("k", "blue"), "blue");
    const auto details = fake.flags().text_details("k", "blue");
    EXPECT_FALSE(details.from_flag);
    EXPECT_EQ(details.reason, FlagReason::kError);
    EXPECT_EQ(details.error, FlagError::kFlagNotFound);
    EXPECT_EQ(details.detail, "None.");
    EXPECT_THROW(fake.flags().require("k"), Problem);
}

// "later ones may follow" (services.h).
TEST(FlagsWrapper, ReasonsAndErrorsOfALaterHostAreTaken) {
    FakeFlags fake;
    fake.answer.reason = 99;
    fake.answer.error = 99;
    const auto details = fake.flags().boolean_details("k", true);
    EXPECT_TRUE(details.value);
    EXPECT_EQ(details.reason, FlagReason::kOther);
    EXPECT_EQ(details.error, FlagError::kGeneral);
}

TEST(FlagsWrapper, PassesTheContextOn) {
    FakeFlags fake;
    (void)fake.flags().boolean("k", true);
    EXPECT_EQ(fake.context, "0 ");
    const std::string name = "of", text = "text";
    (void)fake.flags().boolean("k", true,
                               FlagContext()
                                   .target("order")
                                   .with("t", "x")
                                   .with(name, text)
                                   .with("i", 5)
                                   .with("u", 5U)
                                   .with("l", std::int64_t{-5})
                                   .with("b", true)
                                   .with("r", 0.5)
                                   .with_json("j", "[1]"));
    EXPECT_EQ(fake.context, "1 order t:3=x of:3=text i:1=5 u:1=5 l:1=-5 b:6=1 r:2=0.500000 j:64=[1]");
    (void)fake.flags().boolean("k", true, FlagContext().target(""));
    EXPECT_EQ(fake.context, "1 ");
}

TEST(FlagsWrapper, MisuseThrows) {
    FakeFlags fake;
    for (const mortise_status status :
         {MORTISE_E_DENIED, MORTISE_E_WRONG_CALL, MORTISE_E_INVALID, MORTISE_E_TOO_BIG}) {
        fake.status = status;
        EXPECT_THROW((void)fake.flags().boolean("k", true), ServiceError);
        EXPECT_THROW((void)fake.flags().text("k", "x"), ServiceError);
    }
}

Response nothing(Call&) {
    return Response::empty();
}
constexpr Route kRoutes[] = {{.name = "nothing", .handler = nothing}};

std::vector<std::string>& changes() {
    static std::vector<std::string> seen;
    return seen;
}
void changed(const FlagChange& change) {
    changes().push_back(std::string(change.key) + " " + std::to_string(change.tenant.bytes[15]) +
                        (change.flags.boolean(change.key, false) ? " on" : " off"));
    if (change.key == "throws") throw 7;
}
constexpr Hooks kHooks{.flag_changed = changed};
constexpr mortise_plugin_entry_v1 kEntry = detail::make_entry<kRoutes, kHooks>("probe", "1.2.3");
constexpr mortise_plugin_entry_v1 kWithout = detail::make_entry<kRoutes>("probe", "1.2.3");

class FlagHooks : public testing::Test {
 protected:
    static const void* service(const mortise_host*, mortise_text id) {
        if (view(id) == MORTISE_HTTP_1) return &http();
        if (view(id) == MORTISE_FLAGS_1 && has_flags()) return &FakeFlags::current()->table;
        return nullptr;
    }
    static mortise_http_1& http() {
        static mortise_http_1 table{sizeof(mortise_http_1), 0, nullptr, nullptr, nullptr, nullptr};
        return table;
    }
    static bool& has_flags() {
        static bool has = true;
        return has;
    }
    void SetUp() override {
        has_flags() = true;
        changes().clear();
    }

    FakeFlags fake_;
    mortise_host host_{sizeof(mortise_host), MORTISE_ABI_MAJOR, MORTISE_ABI_MINOR, 0, service};
    void* instance_ = nullptr;
};

TEST_F(FlagHooks, AreCalledWithWhatTheHostTells) {
    ASSERT_EQ(kEntry.start(&host_, &instance_), MORTISE_OK);
    ASSERT_NE(fake_.watcher.changed, nullptr);
    mortise_context about{};
    about.size = sizeof about;
    about.tenant.bytes[15] = 9;
    fake_.give(MORTISE_FLAG_BOOLEAN, 1, 0, {});
    fake_.watcher.changed(fake_.watcher.context, 1, &about, to_abi(std::string_view("a.b")));
    fake_.watcher.changed(fake_.watcher.context, 1, &about, to_abi(std::string_view("throws")));
    fake_.watcher.changed(fake_.watcher.context, 1, nullptr, to_abi(std::string_view("no context")));
    EXPECT_EQ(changes(), (std::vector<std::string>{"a.b 9 on", "throws 9 on"}));
    kEntry.stop(instance_);
}

TEST_F(FlagHooks, WithoutThemNothingIsWatched) {
    ASSERT_EQ(kWithout.start(&host_, &instance_), MORTISE_OK);
    EXPECT_EQ(fake_.watcher.changed, nullptr);
    kWithout.stop(instance_);
    has_flags() = false;
    ASSERT_EQ(kWithout.start(&host_, &instance_), MORTISE_OK);
    kWithout.stop(instance_);
}

TEST_F(FlagHooks, NeedTheService) {
    has_flags() = false;
    EXPECT_EQ(kEntry.start(&host_, &instance_), MORTISE_E_DENIED);
    has_flags() = true;
    fake_.watched = MORTISE_E_WRONG_CALL;
    EXPECT_EQ(kEntry.start(&host_, &instance_), MORTISE_E_UNAVAILABLE);
    EXPECT_EQ(instance_, nullptr);
}

}  // namespace
}  // namespace mortise::sdk
