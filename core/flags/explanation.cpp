#include "core/flags/explanation.hpp"

#include "core/flags/bucketing.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/murmur3.hpp"
#include "core/flags/ofrep.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/rule_trace.hpp"
#include "core/flags/service_rules.hpp"
#include "core/flags/snapshot.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// The variant of an override; none if there is no override.
template <class T>
base::Result<std::optional<std::string>> variant_of(base::Result<T> found) {
    if (found) return std::optional<std::string>(found->variant);
    if (found.error().code == "override_not_found") return std::optional<std::string>();
    return std::move(found).error();
}

// What the steps are made from.
struct Facts {
    const Flag& flag;
    const Definition& definition;
    const json& text;  // of the definition
    const RuleSet& rules;
    const Subject& subject;
    const FlagSet& evaluated;  // for prerequisites
    bool inherited = false;
    std::optional<std::string> of_user, of_tenant, of_plan;
};

class Steps {
 public:
    explicit Steps(const Facts& facts) : facts_(facts) {}

    ordered_json take() {
        state();
        prerequisites();
        schedule();
        override_step("user_override", {{"targeting_key", std::string(facts_.subject.targeting_key)}},
                      facts_.of_user);
        override_step("tenant_override", {{"tenant", std::string(facts_.subject.tenant_slug)}},
                      facts_.of_tenant);
        override_step("plan_override", {{"plan", std::string(facts_.subject.plan)}}, facts_.of_plan);
        targeting();
        rollout();
        default_variant();
        return std::move(steps_);
    }

 private:
    // Nothing is looked at after what decided.
    void add(ordered_json step, bool decides) {
        step["decided"] = decides;
        decided_ = decides;
        steps_.push_back(std::move(step));
    }

    void state() {
        const auto& state = facts_.flag.state;
        ordered_json step{{"step", "state"},
                          {"pointer", "/state"},
                          {"value", facts_.definition.enabled ? "ENABLED" : "DISABLED"},
                          {"killed", state.killed()},
                          {"archived", state.archived()}};
        if (state.killed()) step["detail"] = "The kill switch is thrown: " + state.kill_reason;
        add(std::move(step), !facts_.definition.enabled || state.killed() || state.archived());
    }

    const Delivery* delivery() const { return facts_.definition.delivery.get(); }

    // What is given while the flag is off by its conditions.
    ordered_json off_variant() const {
        return delivery()->off_variant.empty() ? ordered_json() : ordered_json(delivery()->off_variant);
    }

    void prerequisites() {
        if (decided_ || delivery() == nullptr) return;
        for (std::size_t i = 0; i < delivery()->prerequisites.size() && !decided_; ++i) {
            const auto& needed = delivery()->prerequisites[i];
            const auto other = facts_.evaluated.evaluate(facts_.subject, needed.flag);
            const bool met = !other.variant.empty() &&
                             std::find(needed.variants.begin(), needed.variants.end(), other.variant) !=
                                 needed.variants.end();
            ordered_json step{
                {"step", "prerequisite"},
                {"pointer", "/mortise/prerequisites/" + std::to_string(i)},
                {"flag", needed.flag},
                {"value", other.variant.empty() ? ordered_json() : ordered_json(std::string(other.variant))},
                {"met", met}};
            if (!met) step["variant"] = off_variant();
            add(std::move(step), !met);
        }
    }

    void schedule() {
        if (decided_ || delivery() == nullptr || !delivery()->scheduled()) return;
        const auto now = facts_.subject.now * base::kMicrosPerSecond;
        const bool on = now >= delivery()->schedule.from && now < delivery()->schedule.until;
        ordered_json step{{"step", "schedule"}, {"pointer", "/mortise/schedule"}, {"met", on}};
        if (!on) step["variant"] = off_variant();
        add(std::move(step), !on);
    }

    void override_step(const char* name, ordered_json whose, const std::optional<std::string>& variant) {
        if (decided_) return;
        ordered_json step{{"step", name}};
        step.update(whose);
        step["variant"] = variant ? ordered_json(*variant) : ordered_json();
        const bool known = variant && facts_.definition.find(*variant) != nullptr;
        if (variant && !known) step["detail"] = "The flag has no such variant any more.";
        if (known) step["pointer"] = "/variants/" + *variant;
        add(std::move(step), known);
    }

    void targeting() {
        if (decided_) return;
        ordered_json step{{"step", "targeting"}, {"pointer", "/targeting"}};
        if (!facts_.definition.targeted) {
            step["detail"] = "The flag has no rule.";
            return add(std::move(step), false);
        }
        const RuleInput input{.attributes = facts_.subject.attributes,
                              .flag_key = facts_.flag.key,
                              .targeting_key = facts_.subject.targeting_key,
                              .tenant = facts_.subject.tenant_slug,
                              .plan = facts_.subject.plan,
                              .timestamp = facts_.subject.now};
        bool truncated = false;
        auto trace = trace_rule(facts_.text.at("targeting"), facts_.rules, input, "/targeting", truncated);
        // The rule itself is the last of its operations.
        const bool failed = !truncated && !trace.empty() && trace.back().contains("error");
        const bool chose = !truncated && !trace.empty() && trace.back().contains("value") &&
                           !trace.back()["value"].is_null();
        step["operations"] = std::move(trace);
        if (truncated) step["truncated"] = true;
        add(std::move(step), failed || chose || truncated);
    }

    // By the same arithmetic as CompiledFlag has.
    void rollout() {
        if (decided_ || delivery() == nullptr || delivery()->rollout.empty()) return;
        const auto& rollout = delivery()->rollout.front();
        const auto who = rollout.by_tenant ? facts_.subject.tenant_slug : facts_.subject.targeting_key;
        ordered_json step{{"step", "rollout"},
                          {"pointer", "/mortise/rollout"},
                          {"by", rollout.by_tenant ? "tenant" : "user"},
                          {"variant", rollout.variant}};
        if (who.empty()) {
            step["detail"] = "There is nobody to be put into a bucket.";
            return add(std::move(step), false);
        }
        Arena memory(kMaxScratch);
        const auto text = bucketing_text(rollout.version, facts_.flag.key, who, memory);
        const auto bucket = (std::uint64_t{murmur3(text.value_or(""))} * Rollout::kWhole) >> 32;
        const auto parts = rollout.parts_at(facts_.subject.now * base::kMicrosPerSecond);
        step["bucket"] = bucket;
        step["below"] = parts;  // of 100,000: 1,000 are a percent
        add(std::move(step), bucket < parts);
    }

    void default_variant() {
        if (decided_) return;
        const auto index = facts_.definition.default_variant;
        add({{"step", "default"},
             {"pointer", "/defaultVariant"},
             {"variant", index ? ordered_json(facts_.definition.variants[*index].name) : ordered_json()}},
            true);
    }

    const Facts& facts_;
    ordered_json steps_ = ordered_json::array();
    bool decided_ = false;
};

ordered_json evaluation_json(const FlagSet& flags, const Subject& subject, std::string_view key) {
    std::string text;
    append_evaluation(text, flags.evaluate(subject, key));
    return ordered_json::parse(text);
}

}  // namespace

base::Result<ordered_json> FlagExplainer::explain(const base::RequestContext& context, storage::Unit& unit,
                                                  const Subject& subject, std::string_view key) {
    MORTISE_TRY_ASSIGN(const auto flag, flags_.get(context, unit, key));
    const auto evaluated = store_.read(context.environment);
    if (evaluated == nullptr) return environment_not_found();
    const bool inherited = flag.tenant.is_nil() && !context.platform();
    base::RequestContext owner = context;
    owner.tenant = flag.tenant;
    MORTISE_TRY_ASSIGN(const auto shared, effective_set(unit, flag.tenant, context.environment));
    const auto& set = shared.definition;
    const auto parsed = parse_definition(flag.definition, set.rules, Strictness::kFlagd);
    if (!parsed.ok()) return flag_unreadable(key);
    const Definition& definition = *parsed;
    const auto text = json::parse(flag.definition);
    Facts facts{flag, definition, text, set.rules, subject, *evaluated, inherited, {}, {}, {}};
    if (!context.platform()) {
        if (!subject.targeting_key.empty() && subject.targeting_key.size() <= kMaxTargetingKey) {
            MORTISE_TRY_ASSIGN(facts.of_user,
                               variant_of(flags_.get_override(context, unit, key, subject.targeting_key)));
        }
        MORTISE_TRY_ASSIGN(facts.of_tenant, variant_of(flags_.get_override(context, unit, key, {})));
        if (inherited) {
            MORTISE_TRY_ASSIGN(facts.of_plan,
                               variant_of(flags_.get_plan_override(owner, unit, key, subject.plan)));
        }
    }
    return ordered_json{{"key", std::string(key)},
                        {"inherited", inherited},
                        {"definition", ordered_json::parse(flag.definition)},
                        {"evaluation", evaluation_json(*evaluated, subject, key)},
                        {"steps", Steps(facts).take()}};
}

}  // namespace mortise::flags
