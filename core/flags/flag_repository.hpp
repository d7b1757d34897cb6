#pragma once

#include "core/base/result.hpp"
#include "core/base/uuid.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/page.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

// The statements about flags. Each runs in the caller's unit; nothing here decides. What is production's
// stands in tables of its own, which are older than the other environments.
namespace mortise::flags::repository {

base::Status insert(storage::Unit& unit, const Flag& flag);
// Writes definition and updated_at over the row of version `flag.version - 1`; false if that is gone.
base::Result<bool> update(storage::Unit& unit, const Flag& flag);
// This definition only.
base::Status remove(storage::Unit& unit, const Flag& flag);
// Production's gets at least this version: it shows in the place of one that was removed, and no tag may come
// to stand for two contents.
base::Status raise_version(storage::Unit& unit, const base::Uuid& tenant, std::string_view key,
                           std::int64_t least);
// What other environments have of their own.
base::Result<std::vector<Flag>> outside_production(storage::Unit& unit, const base::Uuid& tenant,
                                                   std::string_view key);
// In every environment, with its state.
base::Status remove_everywhere(storage::Unit& unit, const base::Uuid& tenant, std::string_view key);

// What the owner has in this very environment.
base::Result<std::optional<Flag>> find(storage::Unit& unit, const base::Uuid& tenant, std::string_view key,
                                       std::string_view environment);
// … or else in production.
base::Result<std::optional<Flag>> find_effective(storage::Unit& unit, const base::Uuid& tenant,
                                                 std::string_view key, std::string_view environment);
// In any environment.
base::Result<bool> exists(storage::Unit& unit, const base::Uuid& tenant, std::string_view key);
// The tenant's own and those that it inherits, as they are in the environment; one row more.
struct PageOf {
    base::Uuid tenant;
    std::string_view environment = kProduction;
    bool archived = false;  // those that are, instead of those that aren't
};
base::Result<std::vector<Flag>> page(storage::Unit& unit, const PageOf& of,
                                     const tenancy::PageBounds& bounds);
// Of one owner in all environments, by key.
base::Result<std::vector<Flag>> own(storage::Unit& unit, const base::Uuid& tenant);
base::Result<std::vector<Flag>> all(storage::Unit& unit);
// Hands on each definition of a tenant's that may have prerequisites: it has the word.
using DefinitionSink = std::function<void(const base::Uuid& tenant, std::string_view definition)>;
base::Status each_with_prerequisites(storage::Unit& unit, const DefinitionSink& sink);

// Of a key, whether or not there is a flag; neither killed nor archived if nothing is known of it.
base::Result<FlagState> find_state(storage::Unit& unit, const base::Uuid& tenant, std::string_view key);
base::Status put_state(storage::Unit& unit, const base::Uuid& tenant, std::string_view key,
                       const FlagState& state);
// Raises the versions of a flag's definitions, whose state has changed.
base::Status touch(storage::Unit& unit, const base::Uuid& tenant, std::string_view key, base::Micros now);

base::Status remove_all(storage::Unit& unit, const base::Uuid& tenant);
base::Status remove_environment(storage::Unit& unit, std::string_view environment);

}  // namespace mortise::flags::repository
