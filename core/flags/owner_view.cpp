#include "core/flags/owner_view.hpp"

#include "core/flags/definition.hpp"
#include "core/flags/flag_repository.hpp"
#include "core/flags/flag_set_repository.hpp"
#include "core/flags/segment.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

// Rows of one owner, of which a view is made.
struct OwnerRows {
    std::vector<StoredSet> sets;
    std::vector<Segment> segments;
    std::vector<Flag> flags;
};

// Calls `use` with what is production's and then with what the environment has itself, which goes before it.
template <class Row, class Use>
void layered(const std::vector<Row>& rows, std::string_view environment, Use use) {
    for (const auto& row : rows)
        if (in_production(row.environment)) use(row);
    if (in_production(environment)) return;
    for (const auto& row : rows)
        if (row.environment == environment) use(row);
}

// What can't be read counts as nothing, so that it can be written anew; evaluations may still go by an
// earlier one (FlagStore).
EffectiveSet shared_of(const OwnerRows& rows, const base::Uuid& tenant, std::string_view environment,
                       std::map<std::string, Segment, std::less<>>& segments) {
    EffectiveSet set{.stored = {.tenant = tenant,
                                .environment = std::string(kProduction),
                                .definition = SetDefinition().to_json()},
                     .definition = {}};
    layered(rows.sets, environment, [&set](const StoredSet& row) { set.stored = row; });
    if (auto read = read_stored_set(set.stored.definition); read.ok())
        set.definition = std::move(*read);
    else
        set.stored.definition = set.definition.to_json();
    layered(rows.segments, environment,
            [&segments](const Segment& row) { segments.insert_or_assign(row.key, row); });
    SegmentRules rules;
    for (const auto& [key, segment] : segments) {
        auto rule = read_stored_segment(segment.definition);
        if (rule.ok()) rules.emplace(key, std::move(*rule));
    }
    if (!rules.empty())
        set.definition.rules.segments = std::make_shared<const SegmentRules>(std::move(rules));
    return set;
}

base::Result<OwnerView> view_of(const OwnerRows& rows, const base::Uuid& tenant,
                                std::string_view environment) {
    OwnerView view{.environment = std::string(environment), .set = {}, .segments = {}, .flags = {}};
    view.set = shared_of(rows, tenant, environment, view.segments).definition;
    layered(rows.flags, environment, [&view](const Flag& row) { view.flags.insert_or_assign(row.key, row); });
    return view;
}

base::Result<OwnerRows> rows_of(storage::Unit& unit, const base::Uuid& tenant) {
    OwnerRows rows;
    MORTISE_TRY_ASSIGN(rows.sets, repository::sets_of(unit, tenant));
    MORTISE_TRY_ASSIGN(rows.segments, repository::segments_of(unit, tenant));
    MORTISE_TRY_ASSIGN(rows.flags, repository::own(unit, tenant));
    return rows;
}

bool evaluable(const Flag& flag, const SetDefinition& set) {
    const auto definition = parse_definition(flag.definition, set.rules, Strictness::kFlagd);
    return definition && (!definition->targeted || definition->rule != nullptr);
}

bool has_reference(const json& value, std::string_view name) {
    if (value.is_object()) {
        for (const auto& [member, inner] : value.items())
            if ((member == "$ref" && inner.is_string() && inner.get_ref<const std::string&>() == name) ||
                has_reference(inner, name))
                return true;
    } else if (value.is_array()) {
        for (const auto& inner : value)
            if (has_reference(inner, name)) return true;
    }
    return false;
}

}  // namespace

base::Result<EffectiveSet> effective_set(storage::Unit& unit, const base::Uuid& tenant,
                                         std::string_view environment) {
    OwnerRows rows;
    MORTISE_TRY_ASSIGN(rows.sets, repository::sets_of(unit, tenant));
    MORTISE_TRY_ASSIGN(rows.segments, repository::segments_of(unit, tenant));
    std::map<std::string, Segment, std::less<>> segments;
    return shared_of(rows, tenant, environment, segments);
}

base::Result<std::vector<OwnerView>> affected_views(storage::Unit& unit, const base::Uuid& tenant,
                                                    std::string_view environment) {
    MORTISE_TRY_ASSIGN(const auto rows, rows_of(unit, tenant));
    std::set<std::string> names{std::string(environment)};
    if (in_production(environment)) {
        for (const auto& row : rows.sets)
            names.insert(row.environment);
        for (const auto& row : rows.segments)
            names.insert(row.environment);
        for (const auto& row : rows.flags)
            names.insert(row.environment);
    }
    std::vector<OwnerView> views;
    for (const auto& name : names) {
        MORTISE_TRY_ASSIGN(auto view, view_of(rows, tenant, name));
        views.push_back(std::move(view));
    }
    return views;
}

SetsBefore sets_of_views(const std::vector<OwnerView>& views) {
    SetsBefore sets;
    for (const auto& view : views)
        sets.emplace(view.environment, view.set);
    return sets;
}

std::vector<base::FieldError> newly_broken(const SetsBefore& before, const std::vector<OwnerView>& after,
                                           const std::string& what) {
    std::vector<base::FieldError> broken;
    for (const auto& view : after) {
        if (view.set.rules.evaluators != nullptr)
            for (const auto& [name, rule] : view.set.rules.evaluators->items())
                if (view.segments.contains(name))
                    broken.push_back({"/$evaluators/" + tenancy::pointer_token(name), "name_taken",
                                      "There is a segment of this name in " + view.environment + "."});
        const auto earlier = before.find(view.environment);
        if (earlier == before.end()) continue;
        for (const auto& [key, flag] : view.flags) {
            // Only what it refers to can break a flag.
            if (flag.definition.find("\"$ref\"") == std::string::npos) continue;
            if (!evaluable(flag, view.set) && evaluable(flag, earlier->second))
                broken.push_back(
                    {what, "breaks_flag",
                     "The flag " + key + " could not be evaluated any more in " + view.environment + "."});
        }
    }
    return broken;
}

std::vector<base::FieldError> broken_elsewhere(const std::vector<OwnerView>& views,
                                               std::string_view environment,
                                               const std::vector<WrittenFlag>& written) {
    std::vector<base::FieldError> broken;
    const auto home = std::find_if(views.begin(), views.end(),
                                   [&](const OwnerView& view) { return view.environment == environment; });
    for (const auto& [key, at] : written) {
        const auto flag = home->flags.find(key);
        // Only what it refers to can break it.
        if (flag == home->flags.end() || flag->second.definition.find("\"$ref\"") == std::string::npos ||
            !evaluable(flag->second, home->set))
            continue;
        for (const auto& view : views) {
            const auto shown = view.flags.find(key);
            if (shown != view.flags.end() && shown->second.id == flag->second.id &&
                !evaluable(shown->second, view.set))
                broken.push_back({at + "/targeting", "breaks_flag",
                                  "The flag " + key + " could not be evaluated in " + view.environment +
                                      ", by what rules share there."});
        }
    }
    return broken;
}

bool refers_to(const OwnerView& view, std::string_view name) {
    const auto in_text = [name](const std::string& text) {
        if (text.find("\"$ref\"") == std::string::npos) return false;
        return has_reference(json::parse(text, nullptr, false), name);
    };
    for (const auto& [key, flag] : view.flags)
        if (in_text(flag.definition)) return true;
    for (const auto& [key, segment] : view.segments)
        if (in_text(segment.definition)) return true;
    return view.set.rules.evaluators != nullptr && has_reference(*view.set.rules.evaluators, name);
}

}  // namespace mortise::flags
