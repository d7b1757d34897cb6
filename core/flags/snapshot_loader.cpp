#include "core/flags/snapshot_loader.hpp"

#include "core/flags/environment_repository.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/override_repository.hpp"
#include "core/flags/segment.hpp"

#include <algorithm>

namespace mortise::flags {
namespace {

// It is there, and evaluates as PARSE_ERROR, whatever overrides it has.
std::shared_ptr<const CompiledFlag> unreadable_flag(std::string_view key) {
    Definition nothing;
    nothing.enabled = true;
    nothing.targeted = true;
    return std::make_shared<const CompiledFlag>(key, nothing, std::string_view());
}

FlagSwitch switch_of(const FlagState& state) noexcept {
    return state.archived() ? FlagSwitch::kArchived : state.killed() ? FlagSwitch::kKilled : FlagSwitch::kOn;
}

}  // namespace

base::Result<std::shared_ptr<const FlagEnvironments>> FlagLoader::load() {
    MORTISE_TRY_ASSIGN(const auto version, tenancy::snapshot_version(unit_, FlagStore::kName));
    MORTISE_TRY_ASSIGN(auto names, repository::environment_names(unit_));
    names.insert(names.end(), kBuiltInEnvironments.begin(), kBuiltInEnvironments.end());
    for (const auto& name : names)
        builders_.try_emplace(name).first->second.set_version(version);
    MORTISE_TRY_ASSIGN(sets_, repository::all_sets(unit_));
    MORTISE_TRY_ASSIGN(segments_, repository::all_segments(unit_));
    MORTISE_TRY_ASSIGN(flags_, repository::all(unit_));
    for (auto& [name, builder] : builders_)
        add_flags(name, builder);
    MORTISE_TRY(add_overrides());
    auto made = std::make_shared<FlagEnvironments>();
    for (auto& [name, builder] : builders_)
        made->put(name, builder.build());
    store_.kept_ = std::move(kept_);
    return std::shared_ptr<const FlagEnvironments>(std::move(made));
}

// An environment that has nothing of its own has production's faults as well; each is named once.
std::vector<FlagStore::Unreadable> FlagLoader::take_unreadable() {
    std::sort(unreadable_.begin(), unreadable_.end());
    unreadable_.erase(std::unique(unreadable_.begin(), unreadable_.end()), unreadable_.end());
    return std::move(unreadable_);
}

// What the environment has itself goes before what production has.
FlagLoader::SharedBy FlagLoader::shared_in(std::string_view environment) const {
    SharedBy all;
    for (const bool of_production : {true, false}) {
        const auto wanted = of_production ? kProduction : environment;
        for (const auto& set : sets_)
            if (set.environment == wanted) all[set.tenant].set = &set;
        for (const auto& segment : segments_)
            if (segment.environment == wanted) all[segment.tenant].segments[segment.key] = &segment;
    }
    return all;
}

// Rows by their versions: two of the same version and time are the same.
std::string FlagLoader::name_of(const base::Uuid& tenant, const Shared& shared) {
    std::string name = tenant.to_string();
    const auto add = [&name](std::string_view environment, std::int64_t version, base::Micros at) {
        name += ' ';
        name += environment;
        name += ':' + std::to_string(version) + '@' + std::to_string(at);
    };
    if (shared.set != nullptr) add(shared.set->environment, shared.set->version, shared.set->updated_at);
    for (const auto& [key, segment] : shared.segments) {
        name += '/';
        name += key;
        add(segment->environment, segment->version, segment->updated_at);
    }
    return name;
}

base::Result<SetDefinition> FlagLoader::read_shared(const Shared& shared) const {
    SetDefinition definition;
    if (shared.set != nullptr) {
        MORTISE_TRY_ASSIGN(definition, read_stored_set(shared.set->definition));
    }
    SegmentRules segments;
    for (const auto& [key, segment] : shared.segments) {
        MORTISE_TRY_ASSIGN(auto rule, read_stored_segment(segment->definition));
        segments.emplace(key, std::move(rule));
    }
    if (!segments.empty())
        definition.rules.segments = std::make_shared<const SegmentRules>(std::move(segments));
    return definition;
}

FlagStore::KeptSet FlagLoader::set_of(const base::Uuid& tenant, std::string_view environment,
                                      const Shared& shared, const std::string& name) {
    if (const auto found = kept_.sets.find(name); found != kept_.sets.end()) return found->second;
    auto& kept = kept_.sets[name];
    if (const auto before = store_.kept_.sets.find(name); before != store_.kept_.sets.end())
        return kept = before->second;
    const auto last = store_.kept_.last_sets.find(std::pair(tenant, std::string(environment)));
    auto definition = read_shared(shared);
    if (!definition.ok()) {
        const bool known = last != store_.kept_.last_sets.end();
        if (known) kept = last->second;
        kept.fault = {tenant, "", definition.error().code, known};
        if (known) return kept;
        definition =
            SetDefinition{};  // what its flags refer to is not there: they are PARSE_ERROR, the others work
    }
    kept.text = {rules_json(definition->rules), definition->rules.segments != nullptr};
    kept.definition = std::make_shared<const SetDefinition>(*std::move(definition));
    kept.number = ++store_.last_number_;
    return kept;
}

void FlagLoader::add_flags(std::string_view environment, FlagSetBuilder& builder) {
    static const FlagStore::KeptSet kNothing{std::make_shared<const SetDefinition>(), {}, 0, {}};
    std::map<base::Uuid, FlagStore::KeptSet> sets;
    for (const auto& [tenant, shared] : shared_in(environment)) {
        const auto name = name_of(tenant, shared);
        const auto set = set_of(tenant, environment, shared, name);
        builder.add_metadata(tenant, set.definition->metadata);
        builder.mark(tenant, Mark().add(name));
        if (!set.fault.code.empty()) unreadable_.push_back(set.fault);
        if (!set.fault.code.empty() && !set.fault.stale)
            kept_.last_sets.erase(std::pair(tenant, std::string(environment)));
        else
            kept_.last_sets[std::pair(tenant, std::string(environment))] = set;
        sets.emplace(tenant, set);
    }
    std::set<std::pair<base::Uuid, std::string_view>> taken;  // that the environment has itself
    if (!in_production(environment))
        for (const auto& flag : flags_)
            if (flag.environment == environment) taken.emplace(flag.tenant, flag.key);
    for (const auto& flag : flags_) {
        const bool seen = flag.environment == environment ||
                          (in_production(flag.environment) && !taken.contains({flag.tenant, flag.key}));
        if (!seen) continue;
        const auto of_owner = sets.find(flag.tenant);
        const auto& compiled = compile(flag, of_owner == sets.end() ? kNothing : of_owner->second);
        if (!compiled.fault.code.empty()) unreadable_.push_back(compiled.fault);
        const FlagSwitch state = switch_of(flag.state);
        builder.add_flag(flag.tenant, compiled.flag, state);
        builder.mark(flag.tenant, Mark()
                                      .add(flag.id.as_bytes())
                                      .add(static_cast<std::uint64_t>(flag.version))
                                      .add(static_cast<std::uint64_t>(state)));
    }
}

const FlagStore::KeptFlag& FlagLoader::compile(const Flag& row, const FlagStore::KeptSet& set) {
    const std::pair id(row.id, set.number);
    auto& now = kept_.flags[id];
    if (now.flag != nullptr) return now;  // another environment has the same
    const auto before = store_.kept_.flags.find(id);
    if (before != store_.kept_.flags.end() && before->second.version == row.version)
        return now = before->second;
    now.version = row.version;
    make(now, row, set);
    return now;
}

void FlagLoader::make(FlagStore::KeptFlag& now, const Flag& row, const FlagStore::KeptSet& set) const {
    const auto definition = parse_definition(row.definition, set.definition->rules, Strictness::kFlagd);
    if (definition.ok()) {
        now.flag = std::make_shared<const CompiledFlag>(
            row.key, *definition, merge_metadata(set.definition->metadata, definition->metadata), set.text);
        return;
    }
    // The last good one of this flag, with the set that it has now if there is one.
    const auto good = [](const auto& kept) {
        return kept.second.fault.code.empty() || kept.second.fault.stale;
    };
    const auto& all = store_.kept_.flags;
    auto last = all.find(std::pair(row.id, set.number));
    if (last == all.end() || !good(*last))
        for (last = all.lower_bound(std::pair(row.id, std::uint64_t{0}));
             last != all.end() && last->first.first == row.id && !good(*last); ++last) {
        }
    const bool known = last != all.end() && last->first.first == row.id && good(*last);
    now.flag = known ? last->second.flag : unreadable_flag(row.key);
    now.fault = {row.tenant, row.key, definition.error().code, known};
}

base::Status FlagLoader::add_overrides() {
    MORTISE_TRY(repository::each_override(unit_, [this](const repository::OverrideOf& row) {
        const auto found = builders_.find(row.environment);
        if (found != builders_.end())
            found->second.add_override(row.tenant, row.key, row.targeting_key, row.variant);
    }));
    MORTISE_TRY_ASSIGN(const auto plans, repository::all_plan_overrides(unit_));
    for (const auto& row : plans) {
        const auto found = builders_.find(row.environment);
        if (found != builders_.end()) found->second.add_plan_override(row.plan, row.key, row.variant);
    }
    return {};
}

}  // namespace mortise::flags
