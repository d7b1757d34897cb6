#include "core/flags/override_loader.hpp"

#include "core/flags/snapshot.hpp"

namespace mortise::flags {
namespace {

// From about here on one pass over all rows takes less.
constexpr std::size_t kMostTenants = 256;
constexpr std::size_t kMostNewKeys = 64;

auto into(OverrideLoader::Builders& builders) {
    return [&builders](const repository::OverrideOf& row) {
        if (const auto found = builders.find(row.environment); found != builders.end())
            found->second.add_override(row.tenant, row.key, row.targeting_key, row.variant);
    };
}

}  // namespace

base::Status OverrideLoader::add_to(Builders& builders) {
    // Before the rows: what changes in between has another mark the next time.
    MORTISE_TRY_ASSIGN(marks_, repository::override_marks(unit_));
    MORTISE_TRY(find_changed(builders));
    return all_ ? add_all(builders) : add_changed(builders);
}

base::Status OverrideLoader::find_changed(const Builders& builders) {
    all_ = marks_before_ == nullptr;
    if (!all_) compare_marks();
    for (const auto& [name, builder] : builders) {
        const FlagSet* const before = before_.find(name);
        all_ = all_ || before == nullptr || changed_.size() > kMostTenants;
        if (all_) return {};
        MORTISE_TRY(find_of_new_keys(builder, *before));
    }
    all_ = changed_.size() > kMostTenants;
    return {};
}

void OverrideLoader::compare_marks() {
    for (const auto& [tenant, mark] : marks_) {
        const auto found = marks_before_->find(tenant);
        if (found == marks_before_->end() || found->second != mark) changed_.insert(tenant);
    }
    for (const auto& [tenant, mark] : *marks_before_)
        if (!marks_.contains(tenant)) changed_.insert(tenant);
}

// A set leaves out overrides of keys that no flag of it has. Where a key comes or goes they are found by the
// key.
base::Status OverrideLoader::find_of_new_keys(const FlagSetBuilder& builder, const FlagSet& before) {
    before.add_tenants_overriding(builder.keys_gone(before), changed_);
    const auto keys = builder.keys_new(before);
    all_ = keys.size() > kMostNewKeys;
    if (all_) return {};
    for (const auto key : keys)
        MORTISE_TRY(repository::add_tenants_overriding(unit_, key, changed_));
    return {};
}

base::Status OverrideLoader::add_all(Builders& builders) {
    return repository::each_override(unit_, into(builders));
}

base::Status OverrideLoader::add_changed(Builders& builders) {
    for (auto& [name, builder] : builders)
        builder.keep_overrides(*before_.find(name), changed_);
    for (const auto& tenant : changed_)
        MORTISE_TRY(repository::each_override_of(unit_, tenant, into(builders)));
    return {};
}

}  // namespace mortise::flags
