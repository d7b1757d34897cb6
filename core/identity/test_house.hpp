#pragma once

#include "core/identity/api_key_service.hpp"
#include "core/identity/authenticator.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/key_ring.hpp"
#include "core/identity/session_service.hpp"
#include "core/identity/tenant_data.hpp"
#include "core/identity/user_service.hpp"
#include "core/tenancy/test_world.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mortise::identity {

inline constexpr char kPassword[] = "correct horse battery 9";

// The whole of identity over a real database, as the composition root builds it.
struct House {
    House() : world({&data}) {
        world.snapshots.add(keys);
        world.snapshots.add(credentials.key_snapshot());
        world.snapshots.add(credentials.session_snapshot());
        tenancy::World::check(world.write([&](storage::Unit& unit) { return keys.ensure_key(unit); }));
    }

    // In the tenant, or on the platform without one.
    static base::RequestContext administrator(const tenancy::Tenant* tenant = nullptr) {
        auto context = tenant != nullptr ? tenancy::World::context_in(*tenant) : tenancy::system_context();
        context.scopes = "*";
        return context;
    }

    base::Result<User> make_user(const base::RequestContext& context, const std::string& email,
                                 const std::string& role, const std::string& password = kPassword) {
        MORTISE_TRY_ASSIGN(const auto prepared, users.prepare(context, email, password, {role}));
        return world.write([&](storage::Unit& unit) { return users.create(context, unit, prepared); });
    }

    base::Result<TokenPair> login(const std::string& email, const std::string& tenant = {},
                                  const std::string& password = kPassword) {
        return sessions.login(client(), {.email = email, .password = password, .tenant = tenant});
    }

    static base::RequestContext client(const std::string& address = "192.0.2.1") {
        base::RequestContext context;
        context.client_address = address;
        return context;
    }

    // The context that the pipeline makes of a credential.
    base::RequestContext context_of(std::string_view credential) {
        base::RequestContext context = client();
        const auto found = authenticator.authenticate(credential, world.clock.now());
        if (!found) {
            ADD_FAILURE() << found.error().log_text;
            return context;
        }
        context.principal = (*found)->principal;
        context.actor = context.principal;
        context.tenant = (*found)->tenant;
        context.session = (*found)->session;
        context.scopes = (*found)->scopes;
        return context;
    }

    std::string refusal(std::string_view credential) {
        const auto found = authenticator.authenticate(credential, world.clock.now());
        return found ? "" : found.error().code;
    }

    TokenSettings settings;
    IdentityData data;
    tenancy::World world;
    Roles roles{[] { return std::vector<std::string>{"milestones:read", "milestones:write"}; }};
    crypto::PasswordHasher hasher{{}, 4, std::chrono::seconds(60)};
    KeyRing keys{world.clock};
    Credentials credentials{world.clock, roles, settings.access_lifetime_s};
    UserService users{world.clock, hasher, roles, world.limits};
    ApiKeyService api_keys{world.clock, roles};
    SessionService sessions{{.database = *world.database,
                             .clock = world.clock,
                             .hasher = hasher,
                             .roles = roles,
                             .keys = keys,
                             .directory = world.directory,
                             .snapshots = world.snapshots},
                            settings,
                            LoginLimits{}};
    Authenticator authenticator{keys, credentials, world.directory, settings};
};

}  // namespace mortise::identity
