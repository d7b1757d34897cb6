#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"
#include "mortise/errors.hpp"
#include "mortise/services.hpp"
#include "mortise/text.hpp"
#include "mortise/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Feature flags: what a call's tenant gets, and who is told when that changes.
namespace mortise::sdk {

// OpenFeature's reasons and error codes. kOther is one of a later host.
enum class FlagReason : std::uint8_t {
    kOther = 0,
    kStatic = MORTISE_FLAG_STATIC,
    kTargetingMatch = MORTISE_FLAG_TARGETING_MATCH,
    kDefault = MORTISE_FLAG_DEFAULT,
    kDisabled = MORTISE_FLAG_DISABLED,
    kError = MORTISE_FLAG_ERROR
};
enum class FlagError : std::uint8_t {
    kNone = MORTISE_FLAG_E_NONE,
    kFlagNotFound = MORTISE_FLAG_E_NOT_FOUND,
    kParseError = MORTISE_FLAG_E_PARSE,
    kTypeMismatch = MORTISE_FLAG_E_TYPE_MISMATCH,
    kGeneral = MORTISE_FLAG_E_GENERAL,
    kTargetingKeyMissing = MORTISE_FLAG_E_TARGETING_KEY
};

// A value with how it came about.
template <class T>
struct FlagDetails {
    T value{};               // the flag's, or the default that was given
    bool from_flag = false;  // which of both
    std::string variant;     // empty: none
    FlagReason reason = FlagReason::kError;
    FlagError error = FlagError::kNone;
    std::string detail;  // of an error: a sentence for developers
};

// For whom a flag is evaluated. Tenant and plan are the call's; without target() the targeting key is the id
// of the call's principal. Texts are views: they live until the evaluation.
class FlagContext {
 public:
    // Another targeting key; an empty one means none.
    FlagContext& target(std::string_view key) {
        options_ |= MORTISE_FLAG_TARGET;
        targeting_key_ = key;
        return *this;
    }
    FlagContext& with(std::string_view name, std::string_view value) {
        return add(name, MORTISE_VALUE_TEXT, value);
    }
    FlagContext& with(std::string_view name, const char* value) {
        return add(name, MORTISE_VALUE_TEXT, std::string_view(value));
    }
    FlagContext& with(std::string_view name, double value) {
        mortise_value made{MORTISE_VALUE_REAL, 0, {}};
        made.as.real = value;
        return add(name, made);
    }
    // A truth or a whole number.
    template <std::integral T>
    FlagContext& with(std::string_view name, T value) {
        mortise_value made{std::same_as<T, bool> ? MORTISE_VALUE_BOOL : MORTISE_VALUE_INT, 0, {}};
        made.as.integer = static_cast<std::int64_t>(value);
        return add(name, made);
    }
    // Any JSON value by its text: lists and objects.
    FlagContext& with_json(std::string_view name, std::string_view json) {
        return add(name, MORTISE_FLAG_VALUE_JSON, json);
    }

    mortise_flag_context to_abi() const noexcept {
        return {sizeof(mortise_flag_context), options_, sdk::to_abi(targeting_key_), attributes_.data(),
                attributes_.size()};
    }

 private:
    FlagContext& add(std::string_view name, std::uint32_t type, std::string_view text) {
        mortise_value made{type, 0, {}};
        made.as.bytes = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
        return add(name, made);
    }
    FlagContext& add(std::string_view name, const mortise_value& value) {
        attributes_.push_back({sdk::to_abi(name), value});
        return *this;
    }

    std::uint32_t options_ = 0;
    std::string_view targeting_key_;
    std::vector<mortise_flag_attribute> attributes_;
};

// The flags that the manifest lists, as the call sees them. What is wrong with a flag gives the default and
// throws nothing; a key that is not listed, or a context beyond the limits, throws ServiceError.
class Flags {
 public:
    Flags(const mortise_flags_1& table, mortise_call call) noexcept : table_(&table), call_(call) {}

    bool boolean(std::string_view key, bool fallback, const FlagContext& context = {}) const {
        evaluate(key, MORTISE_FLAG_BOOLEAN, context, &Flags::take_boolean, &fallback);
        return fallback;
    }
    std::int64_t integer(std::string_view key, std::int64_t fallback, const FlagContext& context = {}) const {
        evaluate(key, MORTISE_FLAG_INTEGER, context, &Flags::take_integer, &fallback);
        return fallback;
    }
    double number(std::string_view key, double fallback, const FlagContext& context = {}) const {
        evaluate(key, MORTISE_FLAG_NUMBER, context, &Flags::take_number, &fallback);
        return fallback;
    }
    std::string text(std::string_view key, std::string_view fallback, const FlagContext& context = {}) const {
        return text_details(key, fallback, context).value;
    }
    // Any value, as JSON.
    std::string json(std::string_view key, std::string_view fallback, const FlagContext& context = {}) const {
        return json_details(key, fallback, context).value;
    }

    FlagDetails<bool> boolean_details(std::string_view key, bool fallback,
                                      const FlagContext& context = {}) const {
        return details<bool>(key, MORTISE_FLAG_BOOLEAN, fallback, context);
    }
    FlagDetails<std::int64_t> integer_details(std::string_view key, std::int64_t fallback,
                                              const FlagContext& context = {}) const {
        return details<std::int64_t>(key, MORTISE_FLAG_INTEGER, fallback, context);
    }
    FlagDetails<double> number_details(std::string_view key, double fallback,
                                       const FlagContext& context = {}) const {
        return details<double>(key, MORTISE_FLAG_NUMBER, fallback, context);
    }
    FlagDetails<std::string> text_details(std::string_view key, std::string_view fallback,
                                          const FlagContext& context = {}) const {
        return details<std::string>(key, MORTISE_FLAG_TEXT, std::string(fallback), context);
    }
    FlagDetails<std::string> json_details(std::string_view key, std::string_view fallback,
                                          const FlagContext& context = {}) const {
        return details<std::string>(key, MORTISE_FLAG_JSON, std::string(fallback), context);
    }

    // Refuses the call with 404 `flag_disabled` unless the flag is true, as a route's `flag` does.
    void require(std::string_view key, const FlagContext& context = {}) const {
        if (!boolean(key, false, context))
            throw Problem(404, "flag_disabled", "This feature is switched off.");
    }

 private:
    using Take = void (*)(void* context, const mortise_flag_value* value);

    void evaluate(std::string_view key, std::uint32_t type, const FlagContext& context, Take take,
                  void* out) const {
        const mortise_flag_context about = context.to_abi();
        const mortise_flag_sink sink{out, take};
        check(table_->evaluate(table_, call_, to_abi(key), type, &about, &sink), "evaluating a flag");
    }

    static void take_boolean(void* out, const mortise_flag_value* value) noexcept {
        if (value->type == MORTISE_FLAG_BOOLEAN) *static_cast<bool*>(out) = value->integer != 0;
    }
    static void take_integer(void* out, const mortise_flag_value* value) noexcept {
        if (value->type == MORTISE_FLAG_INTEGER) *static_cast<std::int64_t*>(out) = value->integer;
    }
    static void take_number(void* out, const mortise_flag_value* value) noexcept {
        if (value->type == MORTISE_FLAG_NUMBER) *static_cast<double*>(out) = value->number;
    }

    template <class T>
    struct Taken {
        FlagDetails<T> details;
        bool whole = false;
    };
    template <class T>
    FlagDetails<T> details(std::string_view key, std::uint32_t type, T fallback,
                           const FlagContext& context) const {
        Taken<T> taken;
        taken.details.value = std::move(fallback);
        evaluate(key, type, context, &Flags::take_details<T>, &taken);
        if (!taken.whole) throw std::bad_alloc();
        return std::move(taken.details);
    }
    template <class T>
    static void take_details(void* out, const mortise_flag_value* value) noexcept {
        auto& taken = *static_cast<Taken<T>*>(out);
        try {
            copy(*value, taken.details);
            taken.whole = true;
        } catch (...) {
            return;  // no memory; nothing is thrown across the host
        }
    }
    template <class T>
    static void copy(const mortise_flag_value& value, FlagDetails<T>& details) {
        details.variant = view(value.variant);
        details.detail = view(value.detail);
        details.reason =
            value.reason <= MORTISE_FLAG_ERROR ? static_cast<FlagReason>(value.reason) : FlagReason::kOther;
        details.error = value.error <= MORTISE_FLAG_E_TARGETING_KEY ? static_cast<FlagError>(value.error)
                                                                    : FlagError::kGeneral;
        details.from_flag = value.type != MORTISE_FLAG_NONE;
        if (details.from_flag) copy_value(value, details.value);
    }
    static void copy_value(const mortise_flag_value& value, bool& out) { out = value.integer != 0; }
    static void copy_value(const mortise_flag_value& value, std::int64_t& out) { out = value.integer; }
    static void copy_value(const mortise_flag_value& value, double& out) { out = value.number; }
    static void copy_value(const mortise_flag_value& value, std::string& out) { out = view(value.text); }

    const mortise_flags_1* table_;
    mortise_call call_;
};

// What the tenant of a call gets of a flag may be another than before. Lives while the hook runs.
struct FlagChange {
    std::string_view key;
    Uuid tenant;
    Flags flags;  // gives the new value
    Log log;
};

// What the host calls beside the handlers. Each may be null.
struct Hooks {
    // For each flag that the manifest lists by name, before the handler of the first call of a tenant that
    // sees the change, on that call's thread; also without need. The manifest asks for mortise.flags/1.
    void (*flag_changed)(const FlagChange& change) = nullptr;
};

}  // namespace mortise::sdk
