#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/crypto/password.hpp"
#include "core/identity/roles.hpp"
#include "core/identity/user.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"
#include "core/tenancy/limits.hpp"
#include "core/tenancy/page.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

// A user whose password has been hashed. Hashing takes tens of milliseconds, so it is done before the unit is
// opened: prepare(), then create() in the unit.
struct PreparedUser {
    std::string email;
    std::string password_phc;
    std::vector<std::string> roles;
};

// The users of the tenant in the context, or of the platform if it has none. A user of another tenant is
// `user_not_found` (404). The caller commits the unit and then calls Snapshots::refresh(). Thread-safe.
class UserService {
 public:
    UserService(const base::Clock& clock, crypto::PasswordHasher& hasher, const Roles& roles,
                const tenancy::Limits& limits)
        : clock_(clock), hasher_(hasher), roles_(roles), limits_(limits) {}

    // Checks and hashes; no database. Errors: `invalid_user` (400, by field), `scope_exceeded` (403) if a
    // role gives more than the caller has, `busy` (503).
    base::Result<PreparedUser> prepare(const base::RequestContext& context, std::string_view email,
                                       std::string_view password, std::vector<std::string> roles);
    // `email_taken` (409), `license_limit_reached` (403): active users count, of all tenants and the
    // platform.
    base::Result<User> create(const base::RequestContext& context, storage::Unit& unit,
                              const PreparedUser& user);

    base::Result<tenancy::Page<User>> list(const base::RequestContext& context, storage::Unit& unit,
                                           const tenancy::PageRequest& request);
    base::Result<User> get(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id);
    // A change of roles or a disabling revokes the user's sessions at once. `version` is that of If-Match
    // (`version_mismatch`, 412). `scope_exceeded` (403): the user has, or would have, more rights than the
    // caller. `last_administrator` (409): the platform keeps one active administrator. Enabling a user anew
    // can be `license_limit_reached` (403).
    base::Result<User> update(const base::RequestContext& context, storage::Unit& unit, const base::Uuid& id,
                              const UserPatch& patch, const tenancy::IfMatch& version);

    // Keeps a password where its owner will find it.
    using KeepPassword = std::function<base::Status(const std::string& password)>;

    // The platform's first administrator. Does nothing and answers nullopt if the platform has an
    // administrator. A password that is generated is given to `keep` before the commit, so that there is
    // never an administrator whose password nobody has.
    struct Bootstrap {
        User user;
        std::string password;  // the generated one, or that which was given; shown once
    };
    base::Result<std::optional<Bootstrap>> bootstrap_administrator(storage::Database& database,
                                                                   std::string_view email,
                                                                   const std::optional<std::string>& password,
                                                                   const KeepPassword& keep = {});

 private:
    base::Status check_rights(const base::RequestContext& context,
                              const std::vector<std::string>& roles) const;
    // Whether the licence lets one more be active; nobody else adds one until the unit ends.
    base::Status check_one_more(const base::RequestContext& context, storage::Unit& unit) const;
    // Keeps how many there are for the day's usage.
    base::Status count_users(const base::RequestContext& context, storage::Unit& unit) const;
    base::Status check_change(const base::RequestContext& context, storage::Unit& unit, const User& before,
                              const User& after) const;

    const base::Clock& clock_;
    crypto::PasswordHasher& hasher_;
    const Roles& roles_;
    const tenancy::Limits& limits_;
};

}  // namespace mortise::identity
