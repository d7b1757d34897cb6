#pragma once

#include "core/base/result.hpp"
#include "core/identity/user.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/page.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

// A user with what only a login may see.
struct Account {
    User user;
    std::string password_phc;
};

}  // namespace mortise::identity

// The statements on users. Each runs in the caller's unit; nothing here decides.
namespace mortise::identity::repository {

// `email_taken` (409).
base::Status insert(storage::Unit& unit, const Account& account);
// Writes roles, state and updated_at over the row of version `user.version - 1`; false if that is gone.
base::Result<bool> update(storage::Unit& unit, const User& user);
base::Status set_password(storage::Unit& unit, const base::Uuid& id, std::string_view phc);

base::Result<std::optional<User>> find_user(storage::Unit& unit, const base::Uuid& tenant,
                                            const base::Uuid& id);
// Whatever tenant it belongs to.
base::Result<std::optional<User>> find_user(storage::Unit& unit, const base::Uuid& id);
base::Result<std::vector<User>> users(storage::Unit& unit, const base::Uuid& tenant,
                                      const tenancy::PageBounds& bounds);  // one row more

base::Result<std::optional<Account>> find_account(storage::Unit& unit, const base::Uuid& tenant,
                                                  std::string_view email);
// Those of every tenant, but no more than three.
base::Result<std::vector<Account>> find_accounts(storage::Unit& unit, std::string_view email);

base::Result<std::int64_t> count_active(storage::Unit& unit, const base::Uuid& tenant);
// Of every tenant and the platform.
base::Result<std::int64_t> count_active(storage::Unit& unit);
base::Status remove_users(storage::Unit& unit, const base::Uuid& tenant);

}  // namespace mortise::identity::repository
