#include "core/flags/explanation.hpp"

#include "core/flags/flag_service.hpp"
#include "core/flags/ofrep.hpp"
#include "core/flags/rule_trace.hpp"
#include "core/flags/snapshot.hpp"

#include <array>
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
    bool inherited = false;
    std::optional<std::string> of_user, of_tenant, of_plan;
};

class Steps {
 public:
    explicit Steps(const Facts& facts) : facts_(facts) {}

    ordered_json take() {
        state();
        override_step("user_override", {{"targeting_key", std::string(facts_.subject.targeting_key)}},
                      facts_.of_user);
        override_step("tenant_override", {{"tenant", std::string(facts_.subject.tenant_slug)}},
                      facts_.of_tenant);
        override_step("plan_override", {{"plan", std::string(facts_.subject.plan)}}, facts_.of_plan);
        targeting();
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
        add({{"step", "state"},
             {"pointer", "/state"},
             {"value", facts_.definition.enabled ? "ENABLED" : "DISABLED"}},
            !facts_.definition.enabled);
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

ordered_json evaluation_json(const FlagStore& store, const Subject& subject, std::string_view key) {
    std::string text;
    append_evaluation(text, store.read()->evaluate(subject, key));
    return ordered_json::parse(text);
}

}  // namespace

base::Result<ordered_json> FlagExplainer::explain(const base::RequestContext& context, storage::Unit& unit,
                                                  const Subject& subject, std::string_view key) {
    MORTISE_TRY_ASSIGN(const auto flag, flags_.get(context, unit, key));
    const bool inherited = flag.tenant.is_nil() && !context.platform();
    base::RequestContext owner = context;
    owner.tenant = flag.tenant;
    MORTISE_TRY_ASSIGN(const auto stored, flags_.get_set(owner, unit));
    MORTISE_TRY_ASSIGN(const auto set, read_stored_set(stored.definition));
    MORTISE_TRY_ASSIGN(const auto definition,
                       parse_definition(flag.definition, set.rules, Strictness::kFlagd));
    const auto text = json::parse(flag.definition);
    Facts facts{flag, definition, text, set.rules, subject, inherited, {}, {}, {}};
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
                        {"evaluation", evaluation_json(store_, subject, key)},
                        {"steps", Steps(facts).take()}};
}

}  // namespace mortise::flags
