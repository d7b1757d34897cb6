#include "core/flags/snapshot.hpp"

#include "core/flags/environment_repository.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_builder.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/last_good.hpp"
#include "core/flags/override_repository.hpp"
#include "core/flags/segment.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxSegmentText = 128UL * 1024;

FlagSwitch switch_of(const FlagState& state) noexcept {
    if (state.archived()) return FlagSwitch::kArchived;
    return state.killed() ? FlagSwitch::kKilled : FlagSwitch::kOn;
}

// It is there, and evaluates as PARSE_ERROR, whatever overrides it has.
std::shared_ptr<const CompiledFlag> unreadable_flag(std::string_view key) {
    Definition nothing;
    nothing.enabled = true;
    nothing.targeted = true;
    return std::make_shared<const CompiledFlag>(key, nothing, std::string_view());
}

}  // namespace

FlagEnvironments::FlagEnvironments() {
    for (const auto name : kBuiltInEnvironments)
        put(std::string(name), FlagSet());
}

const FlagSet* FlagEnvironments::find(std::string_view name) const noexcept {
    const auto found = sets_.find(name);
    return found == sets_.end() ? nullptr : &found->second;
}

void FlagEnvironments::put(std::string name, FlagSet set) {
    const bool production = name == kProduction;
    auto& made = sets_[std::move(name)] = std::move(set);
    if (production) production_ = &made;
}

// Puts together one snapshot.
class FlagLoader {
 public:
    FlagLoader(FlagStore& store, storage::Unit& unit) : store_(store), unit_(unit) {}

    base::Result<std::shared_ptr<const FlagEnvironments>> load() {
        MORTISE_TRY_ASSIGN(const auto version, tenancy::snapshot_version(unit_, FlagStore::kName));
        MORTISE_TRY_ASSIGN(auto names, repository::environment_names(unit_));
        names.insert(names.end(), kBuiltInEnvironments.begin(), kBuiltInEnvironments.end());
        for (const auto& name : names)
            builders_.try_emplace(name).first->second.set_version(version);
        MORTISE_TRY_ASSIGN(sets_, repository::all_sets(unit_));
        MORTISE_TRY_ASSIGN(segments_, repository::all_segments(unit_));
        MORTISE_TRY_ASSIGN(flags_, repository::all(unit_));
        for (auto& [name, builder] : builders_) {
            add_flags(name, builder);
            builder.end_flags();
        }
        MORTISE_TRY(add_overrides());
        auto made = std::make_shared<FlagEnvironments>();
        for (auto& [name, builder] : builders_)
            made->put(name, builder.build());
        store_.kept_ = std::move(kept_);
        store_.unreadable_.replace(
            std::make_shared<const std::vector<FlagStore::Unreadable>>(std::move(unreadable_)));
        return std::shared_ptr<const FlagEnvironments>(std::move(made));
    }

 private:
    // The rows of which what an owner shares in an environment is made.
    struct Shared {
        std::string environment;
        const StoredSet* set = nullptr;
        std::map<std::string_view, const Segment*> segments;
    };

    // What the environment has itself goes before what production has.
    std::map<base::Uuid, Shared> shared_in(std::string_view environment) const {
        std::map<base::Uuid, Shared> all;
        for (const bool of_production : {true, false}) {
            const auto wanted = of_production ? kProduction : environment;
            for (const auto& set : sets_)
                if (set.environment == wanted) all[set.tenant].set = &set;
            for (const auto& segment : segments_)
                if (segment.environment == wanted) all[segment.tenant].segments[segment.key] = &segment;
        }
        for (auto& [tenant, shared] : all)
            shared.environment = environment;
        return all;
    }

    // Rows by their versions: two of the same version and time are the same.
    static std::string name_of(const base::Uuid& tenant, const Shared& shared) {
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

    // What can't be read of it is as it was before, if it was.
    const FlagStore::KeptSet& set_of(const base::Uuid& tenant, const Shared& shared) {
        const auto name = name_of(tenant, shared);
        if (const auto found = kept_.sets.find(name); found != kept_.sets.end()) return found->second;
        if (const auto before = store_.kept_.sets.find(name); before != store_.kept_.sets.end()) {
            report(tenant, "", before->second.fault, before->second.stale);
            return kept_.sets[name] = before->second;
        }
        SetDefinition definition;
        std::string fault = read_shared(tenant, shared, Source::kStored, definition);
        auto& kept = kept_.sets[name];
        const auto before = store_.kept_.last_sets.find({tenant, shared.environment});
        const bool known =
            before != store_.kept_.last_sets.end() && (before->second.fault.empty() || before->second.stale);
        if (!fault.empty() && known) {
            kept = before->second;
            kept.stale = true;
        } else {
            kept.text =
                fault.empty() ? text_of(definition.rules, shared) : SetText{write_rules(definition.rules)};
            if (!fault.empty()) {
                kept.stale = read_shared(tenant, shared, Source::kLastGood, definition).empty();
                kept.text.large_segments = kept.stale;  // no texts that workers could be given
            }
            kept.definition = std::make_shared<const SetDefinition>(std::move(definition));
            kept.number = ++store_.last_number_;
        }
        kept.fault = std::move(fault);
        report(tenant, "", kept.fault, kept.stale);
        return kept;
    }

    // What is stored, or with kLastGood what the history has in the place of what can't be read.
    enum class Source : std::uint8_t { kStored, kLastGood };
    template <class Read>
    auto read_from(Source source, std::string_view stored, const HistoryOf& of, std::string_view kind,
                   Read read) {
        return source == Source::kStored ? read(stored) : read_or_last_good(unit_, of, kind, stored, read);
    }

    // Why it can't be read whole, or nothing.
    std::string read_shared(const base::Uuid& tenant, const Shared& shared, Source source,
                            SetDefinition& definition) {
        definition = {};
        if (shared.set != nullptr) {
            auto read = read_from(source, shared.set->definition,
                                  {tenant, shared.set->environment, kFlagSetSpace, {}}, kFlagSetKind,
                                  read_stored_set);
            if (!read.ok()) return "invalid_flag_set";
            definition = std::move(*read);
        }
        SegmentRules segments;
        for (const auto& [key, segment] : shared.segments) {
            auto rule =
                read_from(source, segment->definition, {tenant, segment->environment, kSegmentSpace, key},
                          kSegmentKind, read_stored_segment);
            if (!rule.ok()) return "invalid_flag_segment";
            segments.emplace(key, std::move(*rule));
        }
        if (!segments.empty())
            definition.rules.segments = std::make_shared<const SegmentRules>(std::move(segments));
        return {};
    }

    // Segments that name many keys are not handed about.
    static SetText text_of(const RuleSet& rules, const Shared& shared) {
        SegmentTexts segments;
        std::size_t bytes = 0;
        for (const auto& [key, segment] : shared.segments) {
            segments.emplace(key, segment->definition);
            bytes += segment->definition.size();
        }
        const bool too_much = bytes > kMaxSegmentText;
        return {write_rules(rules, too_much ? SegmentTexts() : segments), too_much};
    }

    // Once, whichever environments have the same.
    void report(const base::Uuid& tenant, std::string_view key, const std::string& fault, bool stale) {
        if (fault.empty()) return;
        FlagStore::Unreadable one{tenant, std::string(key), fault, stale};
        if (std::find(unreadable_.begin(), unreadable_.end(), one) == unreadable_.end())
            unreadable_.push_back(std::move(one));
    }

    void add_flags(std::string_view environment, FlagSetBuilder& builder) {
        static const FlagStore::KeptSet kNothing{.definition = std::make_shared<const SetDefinition>()};
        std::map<base::Uuid, FlagStore::KeptSet> sets;
        for (const auto& [tenant, shared] : shared_in(environment)) {
            const auto& set = set_of(tenant, shared);
            builder.add_metadata(tenant, set.definition->metadata);
            builder.mark(tenant, Mark().add(name_of(tenant, shared)));
            kept_.last_sets[{tenant, std::string(environment)}] = set;
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
            const auto state = switch_of(flag.state);
            builder.add_flag(flag.tenant,
                             compiled(flag, of_owner == sets.end() ? kNothing : of_owner->second), state);
            builder.mark(flag.tenant, Mark()
                                          .add(flag.id.as_bytes())
                                          .add(static_cast<std::uint64_t>(flag.version))
                                          .add(static_cast<std::uint64_t>(state)));
        }
    }

    const std::shared_ptr<const CompiledFlag>& compiled(const Flag& row, const FlagStore::KeptSet& set) {
        auto& now = kept_.flags[{row.id, set.number}];
        if (now.flag != nullptr) return now.flag;  // another environment has the same
        const auto before = store_.kept_.flags.find({row.id, set.number});
        if (before != store_.kept_.flags.end() && before->second.version == row.version)
            now = before->second;
        else
            compile(now, row, set);
        report(row.tenant, row.key, now.fault, now.stale);
        kept_.last_flags[row.id] = now;
        return now.flag;
    }

    void compile(FlagStore::KeptFlag& now, const Flag& row, const FlagStore::KeptSet& set) {
        now.version = row.version;
        const auto read = [&set](std::string_view text) {
            return parse_definition(text, set.definition->rules, Strictness::kFlagd);
        };
        auto definition = read(row.definition);
        if (!definition.ok()) {
            now.fault = "invalid_flag";
            const auto before = store_.kept_.last_flags.find(row.id);
            now.stale = before != store_.kept_.last_flags.end() &&
                        (before->second.fault.empty() || before->second.stale);
            if (now.stale) {
                now.flag = before->second.flag;
                return;
            }
            definition = read_or_last_good(unit_, {row.tenant, row.environment, kFlagSpace, row.key},
                                           kFlagKind, row.definition, read);
            now.stale = definition.ok();
        }
        now.flag = definition.ok()
                       ? std::make_shared<const CompiledFlag>(
                             row.key, *definition,
                             merge_metadata(set.definition->metadata, definition->metadata), set.text)
                       : unreadable_flag(row.key);
    }

    base::Status add_overrides() {
        const auto before = store_.environments();
        const auto& marks = store_.kept_.override_marks;
        OverrideLoader loader(unit_, *before, marks ? &*marks : nullptr);
        MORTISE_TRY(loader.add_to(builders_));
        kept_.override_marks = loader.take_marks();
        MORTISE_TRY_ASSIGN(const auto plans, repository::all_plan_overrides(unit_));
        for (const auto& row : plans) {
            const auto found = builders_.find(row.environment);
            if (found != builders_.end()) found->second.add_plan_override(row.plan, row.key, row.variant);
        }
        return {};
    }

    FlagStore& store_;
    storage::Unit& unit_;
    OverrideLoader::Builders builders_;
    std::vector<StoredSet> sets_;
    std::vector<Segment> segments_;
    std::vector<Flag> flags_;
    std::vector<FlagStore::Unreadable> unreadable_;
    FlagStore::Kept kept_;
};

base::Status FlagStore::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(auto made, FlagLoader(*this, unit).load());
    published_.replace(std::move(made));
    return {};
}

std::shared_ptr<const FlagSet> FlagStore::read() const {
    auto all = published_.read();
    const FlagSet* const set = &all->production();
    return {std::move(all), set};
}

std::shared_ptr<const FlagSet> FlagStore::read(std::string_view environment) const {
    auto all = published_.read();
    const FlagSet* const set = in_production(environment) ? &all->production() : all->find(environment);
    if (set == nullptr) return nullptr;
    return {std::move(all), set};
}

}  // namespace mortise::flags
