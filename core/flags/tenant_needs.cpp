#include "core/flags/tenant_needs.hpp"

#include "core/flags/flag_repository.hpp"
#include "core/flags/prerequisites.hpp"
#include "core/tenancy/tenant_repository.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxNamed = 100;  // flags in an answer

// Where an owner has nothing of its own, it has what it has in production.
const OwnerView& view_or_production(const std::vector<OwnerView>& views, std::string_view environment) {
    const auto of = [&views](std::string_view name) {
        return std::find_if(views.begin(), views.end(),
                            [name](const OwnerView& view) { return view.environment == name; });
    };
    const auto found = of(environment);
    return found == views.end() ? *of(kProduction) : *found;
}

using Keys = std::set<std::string, std::less<>>;

bool needs_any(const std::string& definition, const Keys& keys) {
    const auto needed = prerequisites_in(definition);
    return std::any_of(needed.begin(), needed.end(),
                       [&keys](const Prerequisite& one) { return keys.contains(one.flag); });
}

bool is_same(const Flag& one, const Flag& other) {
    return one.definition == other.definition && one.state.archived() == other.state.archived();
}

// Adds the keys of `one` that `other` has not, or otherwise.
void add_different(const OwnerView& one, const OwnerView& other, Keys& keys) {
    for (const auto& [key, flag] : one.flags) {
        const auto found = other.flags.find(key);
        if (found == other.flags.end() || !is_same(flag, found->second)) keys.insert(key);
    }
}

// The platform's flags before and after a change.
class PlatformChange {
 public:
    PlatformChange(const std::vector<OwnerView>& before, const std::vector<OwnerView>& after)
        : before_(before), after_(after) {}

    // The flags that are not what they were, and those that need one of them, over whatever others.
    Keys changed() const {
        Keys keys;
        for (const auto& view : after_)
            add_different(view, view_or_production(before_, view.environment), keys);
        for (const auto& view : before_)
            add_different(view, view_or_production(after_, view.environment), keys);
        for (std::size_t before = 0; before != keys.size();) {
            before = keys.size();
            for (const auto* const views : {&before_, &after_})
                for (const auto& view : *views)
                    for (const auto& [key, flag] : view.flags)
                        if (!keys.contains(key) && needs_any(flag.definition, keys)) keys.insert(key);
        }
        return keys;
    }

    // Which of a tenant's flags it breaks, as key and environment.
    using Broken = std::set<std::pair<std::string, std::string>>;
    Broken broken(const std::vector<OwnerView>& own) const {
        std::set<std::string_view> environments;
        for (const auto* const views : {&before_, &after_, &own})
            for (const auto& view : *views)
                environments.insert(view.environment);
        Broken all;
        for (const auto name : environments) {
            const auto& flags = view_or_production(own, name);
            const auto now = unmet_flags(flags, view_or_production(after_, name));
            if (now.empty()) continue;
            const auto was = unmet_flags(flags, view_or_production(before_, name));
            for (const auto& key : now)
                if (!was.contains(key)) all.emplace(key, name);
        }
        return all;
    }

 private:
    const std::vector<OwnerView>& before_;
    const std::vector<OwnerView>& after_;
};

// What is found of all tenants.
struct Dependents {
    std::size_t tenants = 0;
    std::size_t flags = 0;
    std::vector<base::FieldError> named;

    base::Status add(storage::Unit& unit, const base::Uuid& tenant, const PlatformChange::Broken& broken) {
        if (broken.empty()) return {};
        std::set<std::string_view> keys;
        for (const auto& [key, environment] : broken)
            keys.insert(key);
        ++tenants;
        flags += keys.size();
        MORTISE_TRY_ASSIGN(const auto found, tenancy::repository::find(unit, tenant));
        const std::string slug = found ? found->slug : tenant.to_string();
        for (const auto& [key, environment] : broken)
            if (named.size() < kMaxNamed)
                named.push_back({"", "tenants_depend",
                                 "The flag " + key + " of the tenant " + slug + " in " + environment + "."});
        return {};
    }
};

std::string count_text(std::size_t count, std::string_view what) {
    return std::to_string(count) + ' ' + std::string(what) + (count == 1 ? "" : "s");
}

// Whose flags need one of these directly. Most tenants have none that does, and are not looked at any closer.
base::Result<std::set<base::Uuid>> tenants_that_need(storage::Unit& unit, const Keys& keys) {
    std::set<base::Uuid> tenants;
    MORTISE_TRY(
        repository::each_with_prerequisites(unit, [&](const base::Uuid& tenant, std::string_view definition) {
            if (!tenants.contains(tenant) && needs_any(std::string(definition), keys)) tenants.insert(tenant);
        }));
    return tenants;
}

base::Error tenants_depend(Dependents found, bool may_name) {
    base::Error error{base::ErrorKind::kConflict, "tenants_depend",
                      count_text(found.flags, "flag") + " of " + count_text(found.tenants, "tenant") +
                          " would lose what they have as prerequisites; change those first."};
    if (may_name) error.fields = std::move(found.named);
    return error;
}

}  // namespace

base::Result<std::vector<OwnerView>> platform_before(const base::RequestContext& context, storage::Unit& unit,
                                                     std::string_view environment) {
    if (!context.platform()) return std::vector<OwnerView>();
    return affected_views(unit, base::Uuid{}, environment);
}

base::Status check_tenants(const base::RequestContext& context, storage::Unit& unit,
                           std::string_view environment, const std::vector<OwnerView>& before) {
    if (!context.platform()) return {};
    MORTISE_TRY_ASSIGN(const auto after, affected_views(unit, base::Uuid{}, environment));
    const PlatformChange change(before, after);
    MORTISE_TRY_ASSIGN(const auto tenants, tenants_that_need(unit, change.changed()));
    Dependents found;
    for (const auto& tenant : tenants) {
        MORTISE_TRY_ASSIGN(const auto own, affected_views(unit, tenant, environment));
        MORTISE_TRY(found.add(unit, tenant, change.broken(own)));
    }
    if (found.flags == 0) return {};
    return tenants_depend(std::move(found), base::has_scope(context.scopes, "tenants:act"));
}

}  // namespace mortise::flags
