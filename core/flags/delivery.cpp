#include "core/flags/delivery.hpp"

#include "core/base/text.hpp"
#include "core/flags/definition.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

// Collects what is wrong with one member "mortise".
class DeliveryReader {
 public:
    DeliveryReader(const std::vector<std::string_view>& variants, FractionalVersion version,
                   std::vector<base::FieldError>& faults)
        : variants_(variants), version_(version), faults_(faults) {}

    Delivery read(const json& member, const std::string& at) {
        if (!is_object_of(member, at, {"client", "off_variant", "prerequisites", "schedule", "rollout"}))
            return {};
        if (const auto* const found = part(member, "client")) {
            read_.client = *found == true;
            if (!found->is_boolean()) add(at + "/client", "invalid_type", "This is true or false.");
        }
        if (const auto* const found = part(member, "off_variant"))
            read_.off_variant = variant(*found, at + "/off_variant");
        if (const auto* const found = part(member, "prerequisites"))
            read_prerequisites(*found, at + "/prerequisites");
        if (const auto* const found = part(member, "schedule")) read_schedule(*found, at + "/schedule");
        if (const auto* const found = part(member, "rollout")) read_rollout(*found, at + "/rollout");
        return std::move(read_);
    }

 private:
    void add(std::string pointer, std::string code, std::string detail) {
        faults_.push_back({std::move(pointer), std::move(code), std::move(detail)});
    }

    static const json* part(const json& object, const char* name) {
        const auto found = object.find(name);
        return found == object.end() ? nullptr : &*found;
    }

    // False, with the fault, if it is none. Members beyond these are faults.
    bool is_object_of(const json& value, const std::string& at,
                      std::initializer_list<std::string_view> names) {
        if (!value.is_object()) {
            add(at, "invalid_type", "This is a JSON object.");
            return false;
        }
        for (const auto& [name, ignored] : value.items())
            if (std::find(names.begin(), names.end(), name) == names.end())
                add(at + "/" + tenancy::pointer_token(name), "unknown_member", "There is no such member.");
        return true;
    }

    std::string variant(const json& value, const std::string& at) {
        const bool known = value.is_string() && std::binary_search(variants_.begin(), variants_.end(),
                                                                   value.get_ref<const std::string&>());
        if (!known) {
            add(at, "unknown_variant", "This is the name of one of the flag's variants.");
            return {};
        }
        return value.get<std::string>();
    }

    std::optional<base::Micros> time(const json& value, const std::string& at) {
        const auto read =
            value.is_string() ? base::parse_rfc3339(value.get_ref<const std::string&>()) : std::nullopt;
        if (!read) add(at, "invalid_time", "A time is written as RFC 3339, such as 2026-01-31T08:00:00Z.");
        return read;
    }

    void read_prerequisites(const json& list, const std::string& at) {
        if (!list.is_array() || list.size() > kMaxPrerequisites)
            return add(at, "invalid_prerequisites", "The prerequisites are a list of at most 16.");
        std::set<std::string> seen;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string inside = at + "/" + std::to_string(i);
            auto read = prerequisite(list[i], inside);
            if (!read.flag.empty() && !seen.insert(read.flag).second)
                add(inside + "/flag", "repeated_key", "Two prerequisites are of this flag.");
            read_.prerequisites.push_back(std::move(read));
        }
    }

    Prerequisite prerequisite(const json& item, const std::string& at) {
        Prerequisite read;
        if (!is_object_of(item, at, {"flag", "variants"})) return read;
        const auto* const flag = part(item, "flag");
        if (flag != nullptr && flag->is_string() && is_flag_key(flag->get_ref<const std::string&>()))
            read.flag = flag->get<std::string>();
        else
            add(at + "/flag", "invalid_flag_key", "A prerequisite has the key of another flag.");
        const auto* const variants = part(item, "variants");
        if (variants == nullptr || !variants->is_array() || variants->empty() ||
            variants->size() > kMaxVariants) {
            add(at + "/variants", "invalid_variants", "A prerequisite has a list of variants that it takes.");
            return read;
        }
        for (std::size_t i = 0; i < variants->size(); ++i) {
            if ((*variants)[i].is_string())
                read.variants.push_back((*variants)[i].get<std::string>());
            else
                add(at + "/variants/" + std::to_string(i), "invalid_type", "A variant is named by a string.");
        }
        return read;
    }

    void read_schedule(const json& value, const std::string& at) {
        if (!is_object_of(value, at, {"from", "until"})) return;
        if (const auto* const from = part(value, "from"))
            read_.schedule.from = time(*from, at + "/from").value_or(read_.schedule.from);
        if (const auto* const until = part(value, "until"))
            read_.schedule.until = time(*until, at + "/until").value_or(read_.schedule.until);
        if (read_.schedule.from >= read_.schedule.until)
            add(at + "/until", "invalid_schedule", "A flag's schedule ends after it began.");
    }

    void read_rollout(const json& value, const std::string& at) {
        if (!is_object_of(value, at, {"variant", "by", "percent", "steps"})) return;
        Rollout rollout{.variant = {}, .steps = {}, .version = version_};
        const auto* const name = part(value, "variant");
        rollout.variant = variant(name == nullptr ? json() : *name, at + "/variant");
        if (const auto* const by = part(value, "by")) {
            rollout.by_tenant = *by == "tenant";
            if (*by != "tenant" && *by != "user")
                add(at + "/by", "invalid_value", "A rollout is by \"user\" or by \"tenant\".");
        }
        const auto* const percent = part(value, "percent");
        const auto* const steps = part(value, "steps");
        if ((percent == nullptr) == (steps == nullptr))
            return add(at, "invalid_rollout", "A rollout has either a percentage or steps.");
        if (percent != nullptr) {
            Rollout::Step step;
            step.parts = parts(*percent, at + "/percent");
            rollout.steps = {step};
        } else {
            read_steps(*steps, at + "/steps", rollout);
        }
        read_.rollout.push_back(std::move(rollout));
    }

    void read_steps(const json& list, const std::string& at, Rollout& rollout) {
        if (!list.is_array() || list.empty() || list.size() > kMaxRolloutSteps)
            return add(at, "invalid_rollout", "The steps of a rollout are a list of 1 to 64.");
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string inside = at + "/" + std::to_string(i);
            if (!is_object_of(list[i], inside, {"at", "percent"})) continue;
            Rollout::Step step;
            const auto* const when = part(list[i], "at");
            const auto* const percent = part(list[i], "percent");
            step.at = time(when == nullptr ? json() : *when, inside + "/at").value_or(step.at);
            step.parts = parts(percent == nullptr ? json() : *percent, inside + "/percent");
            if (!rollout.steps.empty() && step.at <= rollout.steps.back().at)
                add(inside + "/at", "invalid_rollout", "Each step comes later than the one before it.");
            rollout.steps.push_back(step);
        }
    }

    std::uint32_t parts(const json& value, const std::string& at) {
        const double percent = value.is_number() ? value.get<double>() : -1;
        const double parts = std::round(percent * Rollout::kWhole / 100);
        const bool fine =
            percent >= 0 && percent <= 100 && std::abs(parts - percent * Rollout::kWhole / 100) < 1e-6;
        if (fine) return static_cast<std::uint32_t>(parts);
        add(at, "invalid_percent", "A percentage is a number from 0 to 100 with at most three decimals.");
        return 0;
    }

    const std::vector<std::string_view>& variants_;
    const FractionalVersion version_;
    std::vector<base::FieldError>& faults_;
    Delivery read_;
};

}  // namespace

std::uint32_t Rollout::parts_at(base::Micros now) const noexcept {
    const auto next = std::upper_bound(steps.begin(), steps.end(), now,
                                       [](base::Micros time, const Step& step) { return time < step.at; });
    return next == steps.begin() ? 0 : std::prev(next)->parts;
}

Delivery read_delivery(const json& member, const std::vector<std::string_view>& variants,
                       FractionalVersion version, const std::string& at,
                       std::vector<base::FieldError>& faults) {
    return DeliveryReader(variants, version, faults).read(member, at);
}

}  // namespace mortise::flags
