#include "core/identity/user_repository.hpp"

#include "core/identity/words.hpp"
#include "core/tenancy/rows.hpp"

#include <utility>

namespace mortise::identity::repository {
namespace {

using storage::Statement;
using storage::Type;
using tenancy::read_all;
using tenancy::read_one;

#define MORTISE_USER_COLUMNS "id, tenant_id, email, roles, state, created_at, updated_at, version"
const std::vector<Type> kUserColumns{Type::kUuid, Type::kUuid, Type::kText, Type::kText,
                                     Type::kText, Type::kTime, Type::kTime, Type::kInteger};
const std::vector<Type> kAccountColumns{Type::kUuid, Type::kUuid, Type::kText,    Type::kText, Type::kText,
                                        Type::kTime, Type::kTime, Type::kInteger, Type::kText};

const Statement kInsert{"identity.insert_user",
                        "INSERT INTO users (" MORTISE_USER_COLUMNS
                        ", password_phc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                        kAccountColumns};
const Statement kUpdate{"identity.update_user",
                        "UPDATE users SET roles = $2, state = $3, updated_at = $4, version = $5 "
                        "WHERE id = $1 AND version = $6",
                        {Type::kUuid, Type::kText, Type::kText, Type::kTime, Type::kInteger, Type::kInteger}};
const Statement kSetPassword{
    "identity.set_password", "UPDATE users SET password_phc = $2 WHERE id = $1", {Type::kUuid, Type::kText}};
const Statement kInTenant{"identity.find_user",
                          "SELECT " MORTISE_USER_COLUMNS " FROM users WHERE tenant_id = $1 AND id = $2",
                          {Type::kUuid, Type::kUuid},
                          kUserColumns};
const Statement kById{"identity.find_user_anywhere",
                      "SELECT " MORTISE_USER_COLUMNS " FROM users WHERE id = $1",
                      {Type::kUuid},
                      kUserColumns};
const Statement kPage{"identity.list_users",
                      "SELECT " MORTISE_USER_COLUMNS
                      " FROM users WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
                      {Type::kUuid, Type::kUuid, Type::kInteger},
                      kUserColumns};
const Statement kAccount{"identity.find_account",
                         "SELECT " MORTISE_USER_COLUMNS
                         ", password_phc FROM users WHERE tenant_id = $1 AND email = $2",
                         {Type::kUuid, Type::kText},
                         kAccountColumns};
const Statement kAccounts{"identity.find_accounts",
                          "SELECT " MORTISE_USER_COLUMNS
                          ", password_phc FROM users WHERE email = $1 ORDER BY tenant_id LIMIT 3",
                          {Type::kText},
                          kAccountColumns};
const Statement kCountActive{"identity.count_active_users",
                             "SELECT count(*) FROM users WHERE tenant_id = $1 AND state = 'active'",
                             {Type::kUuid},
                             {Type::kInteger}};
const Statement kCountAllActive{"identity.count_all_active_users",
                                "SELECT count(*) FROM users WHERE state = 'active'",
                                {},
                                {Type::kInteger}};
const Statement kDeleteOfTenant{
    "identity.delete_users", "DELETE FROM users WHERE tenant_id = $1", {Type::kUuid}};

base::Result<User> read_user(const storage::Row& row) {
    User user;
    user.id = row.uuid(0);
    user.tenant = row.uuid(1);
    user.email = row.text(2);
    user.roles = split_words(row.text(3));
    user.state = row.text(4) == to_string(UserState::kActive) ? UserState::kActive : UserState::kDisabled;
    user.created_at = row.integer(5);
    user.updated_at = row.integer(6);
    user.version = row.integer(7);
    return user;
}

base::Result<Account> read_account(const storage::Row& row) {
    MORTISE_TRY_ASSIGN(auto user, read_user(row));
    return Account{.user = std::move(user), .password_phc = std::string(row.text(8))};
}

}  // namespace

base::Status insert(storage::Unit& unit, const Account& account) {
    const auto& user = account.user;
    const std::string roles = join_words(user.roles);
    auto done = unit.run(kInsert, {user.id, user.tenant, std::string_view(user.email),
                                   std::string_view(roles), to_string(user.state), user.created_at,
                                   user.updated_at, user.version, std::string_view(account.password_phc)});
    if (done) return {};
    if (done.error().code == storage::kUnique)
        return base::Error{base::ErrorKind::kConflict, "email_taken",
                           "Another user has this e-mail address."};
    return std::move(done).error();
}

base::Result<bool> update(storage::Unit& unit, const User& user) {
    const std::string roles = join_words(user.roles);
    MORTISE_TRY_ASSIGN(const auto changed,
                       unit.run(kUpdate, {user.id, std::string_view(roles), to_string(user.state),
                                          user.updated_at, user.version, user.version - 1}));
    return changed == 1;
}

base::Status set_password(storage::Unit& unit, const base::Uuid& id, std::string_view phc) {
    MORTISE_TRY(unit.run(kSetPassword, {id, phc}));
    return {};
}

base::Result<std::optional<User>> find_user(storage::Unit& unit, const base::Uuid& tenant,
                                            const base::Uuid& id) {
    return read_one(unit, kInTenant, {tenant, id}, read_user);
}

base::Result<std::optional<User>> find_user(storage::Unit& unit, const base::Uuid& id) {
    return read_one(unit, kById, {id}, read_user);
}

base::Result<std::vector<User>> users(storage::Unit& unit, const base::Uuid& tenant,
                                      const tenancy::PageBounds& bounds) {
    return read_all(unit, kPage, {tenant, bounds.after, std::int64_t{bounds.limit} + 1}, read_user);
}

base::Result<std::optional<Account>> find_account(storage::Unit& unit, const base::Uuid& tenant,
                                                  std::string_view email) {
    return read_one(unit, kAccount, {tenant, email}, read_account);
}

base::Result<std::vector<Account>> find_accounts(storage::Unit& unit, std::string_view email) {
    return read_all(unit, kAccounts, {email}, read_account);
}

base::Result<std::int64_t> count_active(storage::Unit& unit, const base::Uuid& tenant) {
    return tenancy::read_count(unit, kCountActive, {tenant});
}

base::Result<std::int64_t> count_active(storage::Unit& unit) {
    return tenancy::read_count(unit, kCountAllActive, {});
}

base::Status remove_users(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(unit.run(kDeleteOfTenant, {tenant}));
    return {};
}

}  // namespace mortise::identity::repository
