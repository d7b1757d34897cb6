// The document that clients of Unleash evaluate by themselves.
#include "core/flags/flag_repository.hpp"
#include "core/flags/last_good.hpp"
#include "core/flags/override_repository.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/unleash.hpp"
#include "core/flags/unleash_rule.hpp"

#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;

// What decides beside the definitions, by flag.
struct Given {
    std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> users;
    std::map<std::string, std::string, std::less<>> tenant;
    std::map<std::string, std::string, std::less<>> plan;  // of the platform's flags only
};

base::Result<Given> read_given(const base::RequestContext& context, storage::Unit& unit) {
    Given given;
    MORTISE_TRY_ASSIGN(const auto overrides, repository::overrides(unit, context.tenant));
    for (const auto& one : overrides) {
        if (one.environment != context.environment) continue;
        if (one.targeting_key.empty())
            given.tenant[one.key] = one.variant;
        else
            given.users[one.key].emplace_back(one.targeting_key, one.variant);
    }
    MORTISE_TRY_ASSIGN(const auto plans, repository::all_plan_overrides(unit));
    for (const auto& one : plans)
        if (one.plan == context.plan && one.environment == context.environment)
            given.plan[one.key] = one.variant;
    return given;
}

base::Result<SetDefinition> read_set_of(const base::Uuid& owner, const base::RequestContext& context,
                                        storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(auto set, effective_set(unit, owner, context.environment));
    return std::move(set.definition);
}

// As they are in the environment, by key: its own, or else production's.
using FlagsByKey = std::map<std::string, std::pair<Flag, const SetDefinition*>, std::less<>>;
base::Status add_flags_of(const base::Uuid& owner, const SetDefinition& set, std::string_view environment,
                          storage::Unit& unit, FlagsByKey& flags) {
    MORTISE_TRY_ASSIGN(auto rows, repository::own(unit, owner));
    for (const bool of_production : {true, false})
        for (auto& flag : rows)
            if (flag.environment == (of_production ? kProduction : environment))
                flags[flag.key] = {flag, &set};
    return {};
}

std::optional<std::size_t> variant_of(const Definition& definition, const std::string& name) {
    const auto* const found = definition.find(name);
    if (found == nullptr) return std::nullopt;  // an override of a lost variant is passed over
    return static_cast<std::size_t>(found - definition.variants.data());
}

UnleashOverrides overrides_of(const Flag& flag, const Definition& definition, const Given& given) {
    UnleashOverrides overrides;
    if (const auto users = given.users.find(flag.key); users != given.users.end())
        for (const auto& [key, name] : users->second)
            if (const auto variant = variant_of(definition, name)) overrides.users.push_back({key, *variant});
    if (const auto found = given.tenant.find(flag.key); found != given.tenant.end())
        overrides.all = variant_of(definition, found->second);
    const auto planned = given.plan.find(flag.key);
    if (!overrides.all && flag.tenant.is_nil() && planned != given.plan.end())
        overrides.all = variant_of(definition, planned->second);
    return overrides;
}

Json to_json(const UnleashConstraint& constraint) {
    return {{"contextName", constraint.context},
            {"operator", to_string(constraint.comparison)},
            {"values", constraint.values},
            {"inverted", constraint.inverted},
            {"caseInsensitive", false}};
}

// The one variant of a strategy, with all the weight. A boolean flag has none: it is on or off.
Json variants_of(const Definition& definition, std::size_t index) {
    if (definition.type == VariantType::kBoolean) return Json::array();
    const auto& variant = definition.variants[index];
    Json payload;
    if (definition.type == VariantType::kString)
        payload = {{"type", "string"}, {"value", json::parse(variant.value).get<std::string>()}};
    else
        payload = {{"type", definition.type == VariantType::kNumber ? "number" : "json"},
                   {"value", variant.value}};
    return Json::array({{{"name", variant.name},
                         {"weight", 1000},
                         {"weightType", "variable"},
                         {"stickiness", "default"},
                         {"payload", std::move(payload)}}});
}

Json feature(const std::string& key, const Definition& definition,
             const std::vector<UnleashStrategy>& strategies) {
    Json list = Json::array();
    for (const auto& strategy : strategies) {
        Json constraints = Json::array();
        for (const auto& constraint : strategy.constraints)
            constraints.push_back(to_json(constraint));
        list.push_back({{"name", "default"},
                        {"parameters", {{"groupId", key}, {"stickiness", "default"}}},
                        {"constraints", std::move(constraints)},
                        {"variants", variants_of(definition, strategy.variant)}});
    }
    // Without strategies a feature that is enabled is on for everybody.
    return {{"name", key},
            {"type", "release"},
            {"project", "default"},
            {"description", ""},
            {"stale", false},
            {"impressionData", false},
            {"dependencies", Json::array()},
            {"enabled", !strategies.empty()},
            {"strategies", list},
            {"variants", Json::array()}};
}

class Document {
 public:
    Document(const base::RequestContext& context, const Given& given, storage::Unit& unit)
        : subject_{context.tenant_slug, context.plan}, given_(given), unit_(unit) {}

    // An archived flag isn't there for anybody.
    void add(const Flag& flag, const SetDefinition& set) {
        if (flag.state.archived()) return;
        const auto definition = definition_of(flag, set);
        if (!definition.ok()) return omit(flag.key, {"unreadable", ""});
        UnleashRule rule;
        if (definition->enabled && !flag.state.killed())
            rule = to_unleash(*definition, set.rules, subject_, overrides_of(flag, *definition, given_));
        if (rule.reason) return omit(flag.key, *rule.reason);
        features_.push_back(feature(flag.key, *definition, rule.strategies));
    }

    std::string take() {
        return Json{{"version", 2},
                    {"features", std::move(features_)},
                    {"segments", Json::array()},
                    {"mortise", {{"omitted", std::move(omitted_)}}}}
            .dump();
    }

 private:
    // What can't be read is evaluated as it was, also here.
    base::Result<Definition> definition_of(const Flag& flag, const SetDefinition& set) {
        return read_or_last_good(
            unit_, {flag.tenant, flag.environment, kFlagSpace, flag.key}, kFlagKind, flag.definition,
            [&set](std::string_view text) { return parse_definition(text, set.rules, Strictness::kFlagd); });
    }

    void omit(const std::string& key, const UnleashReason& reason) {
        omitted_.push_back({{"name", key}, {"code", reason.code}, {"pointer", reason.pointer}});
    }

    const UnleashSubject subject_;
    const Given& given_;
    storage::Unit& unit_;
    Json features_ = Json::array();
    Json omitted_ = Json::array();
};

}  // namespace

base::Result<std::string> unleash_features(const base::RequestContext& context, storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(const auto given, read_given(context, unit));
    MORTISE_TRY_ASSIGN(const auto platform_set, read_set_of({}, context, unit));
    MORTISE_TRY_ASSIGN(const auto own_set, read_set_of(context.tenant, context, unit));
    FlagsByKey flags;
    MORTISE_TRY(add_flags_of({}, platform_set, context.environment, unit, flags));
    if (!context.platform())
        MORTISE_TRY(add_flags_of(context.tenant, own_set, context.environment, unit, flags));
    Document document(context, given, unit);
    for (const auto& [key, flag] : flags)
        document.add(flag.first, *flag.second);
    return document.take();
}

}  // namespace mortise::flags
