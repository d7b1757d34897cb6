#include "core/identity/user_service.hpp"

#include "core/crypto/random.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/session_repository.hpp"
#include "core/identity/user_repository.hpp"
#include "core/identity/words.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/quota.hpp"
#include "core/tenancy/trail.hpp"
#include "core/tenancy/usage_repository.hpp"

#include <algorithm>
#include <utility>

namespace mortise::identity {
namespace {

const std::vector<std::string> kAdministrator{"platform_admin"};
constexpr std::string_view kUsersLimit = "users";

void add_fields(std::vector<base::FieldError>& all, const base::Status& status) {
    if (!status) all.insert(all.end(), status.error().fields.begin(), status.error().fields.end());
}

std::string object_of(const base::Uuid& user) {
    return "user:" + user.to_string();
}

Account new_account(const base::Clock& clock, const base::Uuid& tenant, const PreparedUser& prepared) {
    const auto now = clock.now();
    User user{.id = base::new_uuid(clock),
              .tenant = tenant,
              .email = prepared.email,
              .roles = split_words(join_words(prepared.roles)),
              .state = UserState::kActive,
              .created_at = now,
              .updated_at = now,
              .version = 1};
    return {.user = std::move(user), .password_phc = prepared.password_phc};
}

}  // namespace

base::Status UserService::check_rights(const base::RequestContext& context,
                                       const std::vector<std::string>& roles) const {
    for (const auto& scope : split_words(roles_.scopes_of(roles))) {
        if (!base::has_scope(context.scopes, scope))
            return base::Error{base::ErrorKind::kForbidden, "scope_exceeded",
                               "You can't give or take rights that you don't have: " + scope + "."};
    }
    return {};
}

base::Result<PreparedUser> UserService::prepare(const base::RequestContext& context, std::string_view email,
                                                std::string_view password, std::vector<std::string> roles) {
    auto normalised = normalise_email(email);
    std::vector<base::FieldError> fields;
    if (!normalised) fields.push_back({"/email", "invalid_email", "This is no e-mail address."});
    add_fields(fields, check_password(password, normalised.value_or("")));
    add_fields(fields, roles_.check(roles, context.platform()));
    if (!fields.empty())
        return base::Error{base::ErrorKind::kInvalid,
                           "invalid_user",
                           "The user has fields that must be mended.",
                           {},
                           std::move(fields)};
    MORTISE_TRY(check_rights(context, roles));
    MORTISE_TRY_ASSIGN(auto phc, hasher_.hash(password));
    return PreparedUser{
        .email = *std::move(normalised), .password_phc = std::move(phc), .roles = std::move(roles)};
}

base::Result<User> UserService::create(const base::RequestContext& context, storage::Unit& unit,
                                       const PreparedUser& user) {
    const auto account = new_account(clock_, context.tenant, user);
    MORTISE_TRY(check_one_more(context, unit));
    MORTISE_TRY(repository::insert(unit, account));
    MORTISE_TRY(count_users(context, unit));
    MORTISE_TRY(tenancy::record(context, unit, clock_, "user.created", object_of(account.user.id)));
    return account.user;
}

base::Result<tenancy::Page<User>> UserService::list(const base::RequestContext& context, storage::Unit& unit,
                                                    const tenancy::PageRequest& request) {
    MORTISE_TRY_ASSIGN(const auto bounds, tenancy::page_bounds(request));
    MORTISE_TRY_ASSIGN(auto rows, repository::users(unit, context.tenant, bounds));
    return tenancy::make_page(std::move(rows), bounds.limit);
}

base::Result<User> UserService::get(const base::RequestContext& context, storage::Unit& unit,
                                    const base::Uuid& id) {
    MORTISE_TRY_ASSIGN(auto found, repository::find_user(unit, context.tenant, id));
    if (!found)
        return base::Error{base::ErrorKind::kNotFound, "user_not_found", "There is no user with this id."};
    return *std::move(found);
}

base::Status UserService::check_one_more(const base::RequestContext& context, storage::Unit& unit) const {
    MORTISE_TRY(tenancy::lock_limit(unit, kUsersLimit));
    MORTISE_TRY_ASSIGN(const auto all, repository::count_active(unit));
    MORTISE_TRY_ASSIGN(const auto here, repository::count_active(unit, context.tenant));
    return tenancy::check_one_more(limits_, kUsersLimit, context.tenant_slug,
                                   {static_cast<std::uint64_t>(all), static_cast<std::uint64_t>(here)});
}

base::Status UserService::count_users(const base::RequestContext& context, storage::Unit& unit) const {
    MORTISE_TRY_ASSIGN(const auto here, repository::count_active(unit, context.tenant));
    return tenancy::repository::raise_usage(unit, tenancy::day_of(limits_.now()), context.tenant, kUsersLimit,
                                            here);
}

base::Status UserService::check_change(const base::RequestContext& context, storage::Unit& unit,
                                       const User& before, const User& after) const {
    MORTISE_TRY(roles_.check(after.roles, context.platform()));
    MORTISE_TRY(check_rights(context, before.roles));
    MORTISE_TRY(check_rights(context, after.roles));
    const bool disables = before.state == UserState::kActive && after.state == UserState::kDisabled;
    if (!context.platform() || !disables) return {};
    MORTISE_TRY_ASSIGN(const auto active, repository::count_active(unit, context.tenant));
    if (active > 1) return {};
    return base::Error{base::ErrorKind::kConflict, "last_administrator",
                       "This is the last active administrator of the platform; make another first."};
}

base::Result<User> UserService::update(const base::RequestContext& context, storage::Unit& unit,
                                       const base::Uuid& id, const UserPatch& patch,
                                       const tenancy::IfMatch& version) {
    // First, so that two who each disable the other's last administrator come one after the other.
    MORTISE_TRY(tenancy::bump_snapshot(unit, Credentials::kSessions));
    MORTISE_TRY(tenancy::bump_snapshot(unit, Credentials::kKeys));
    MORTISE_TRY_ASSIGN(const auto before, get(context, unit, id));
    const base::Error mismatch{base::ErrorKind::kPrecondition, "version_mismatch",
                               "The user has changed since it was read; read it again."};
    if (!version.admits(before.version)) return mismatch;
    User after = before;
    if (patch.roles) after.roles = split_words(join_words(*patch.roles));
    if (patch.state) after.state = *patch.state;
    MORTISE_TRY(check_change(context, unit, before, after));
    if (after.roles == before.roles && after.state == before.state) return before;
    const bool enabled = before.state == UserState::kDisabled && after.state == UserState::kActive;
    if (enabled) MORTISE_TRY(check_one_more(context, unit));
    after.updated_at = clock_.now();
    ++after.version;
    MORTISE_TRY_ASSIGN(const bool saved, repository::update(unit, after));
    if (!saved) return mismatch;
    if (enabled) MORTISE_TRY(count_users(context, unit));
    if (after.roles != before.roles || after.state == UserState::kDisabled)
        MORTISE_TRY(repository::revoke_sessions_of(unit, id, clock_.now(), "user_changed"));
    const bool disabled = after.state != before.state && after.state == UserState::kDisabled;
    MORTISE_TRY(
        tenancy::record(context, unit, clock_, disabled ? "user.disabled" : "user.updated", object_of(id)));
    return after;
}

base::Result<std::optional<UserService::Bootstrap>> UserService::bootstrap_administrator(
    storage::Database& database, std::string_view email, const std::optional<std::string>& password,
    const KeepPassword& keep) {
    MORTISE_TRY_ASSIGN(const auto existing,
                       tenancy::run_core(database, clock_, storage::Access::kRead, [](storage::Unit& unit) {
                           return repository::count_active(unit, base::Uuid{});
                       }));
    if (existing > 0) return std::optional<Bootstrap>();
    auto context = tenancy::system_context();
    context.scopes = "*";
    const std::string chosen = password ? *password : crypto::random_token("", 18);
    MORTISE_TRY_ASSIGN(const auto prepared, prepare(context, email, chosen, kAdministrator));
    return tenancy::run_core(
        database, clock_, storage::Access::kWrite,
        [&](storage::Unit& unit) -> base::Result<std::optional<Bootstrap>> {
            MORTISE_TRY(tenancy::bump_snapshot(unit, Credentials::kKeys));  // one node at a time
            MORTISE_TRY_ASSIGN(const auto meanwhile, repository::count_active(unit, base::Uuid{}));
            if (meanwhile > 0) return std::optional<Bootstrap>();
            MORTISE_TRY_ASSIGN(auto user, create(context, unit, prepared));
            if (!password && keep) MORTISE_TRY(keep(chosen));
            return std::optional<Bootstrap>(Bootstrap{std::move(user), chosen});
        });
}

}  // namespace mortise::identity
