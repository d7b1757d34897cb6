#include "core/flags/snapshot.hpp"

#include "core/flags/snapshot_loader.hpp"

#include <utility>

namespace mortise::flags {

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

base::Status FlagStore::load(storage::Unit& unit) {
    FlagLoader loader(*this, unit);
    MORTISE_TRY_ASSIGN(auto made, loader.load());
    published_.replace(std::move(made));
    unreadable_.replace(std::make_shared<const std::vector<Unreadable>>(loader.take_unreadable()));
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
