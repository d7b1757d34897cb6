#include "core/identity/tenant_data.hpp"

#include "core/identity/api_key_repository.hpp"
#include "core/identity/credentials.hpp"
#include "core/identity/session_repository.hpp"
#include "core/identity/user_repository.hpp"
#include "core/identity/words.hpp"
#include "core/tenancy/snapshots.hpp"

#include <nlohmann/json.hpp>

namespace mortise::identity {
namespace {

using nlohmann::json;

constexpr std::uint32_t kBatch = 500;

json to_json(const User& user) {
    return {{"email", user.email},
            {"roles", user.roles},
            {"state", to_string(user.state)},
            {"created_at", user.created_at},
            {"updated_at", user.updated_at}};
}

json optional(const std::optional<base::Micros>& time) {
    return time ? json(*time) : json(nullptr);
}

json to_json(const ApiKey& key) {
    return {{"owner", key.owner.to_string()},
            {"name", key.name},
            {"prefix", key.prefix},
            {"scopes", split_words(key.scopes)},
            {"created_at", key.created_at},
            {"expires_at", optional(key.expires_at)},
            {"last_used_at", optional(key.last_used_at)},
            {"revoked_at", optional(key.revoked_at)}};
}

// All rows of a paged query, batch by batch.
template <class Query>
base::Status export_all(std::string_view kind, const tenancy::ExportSink& sink, Query query) {
    tenancy::PageBounds bounds{.after = {}, .limit = kBatch};
    while (true) {
        MORTISE_TRY_ASSIGN(const auto rows, query(bounds));
        for (const auto& row : rows)
            MORTISE_TRY(sink(kind, row.id.to_string(), to_json(row).dump()));
        if (rows.size() <= kBatch) return {};
        bounds.after = rows.back().id;
    }
}

}  // namespace

base::Status IdentityData::export_rows(storage::Unit& unit, const base::Uuid& tenant,
                                       const tenancy::ExportSink& sink) {
    MORTISE_TRY(export_all("user", sink, [&](const tenancy::PageBounds& bounds) {
        return repository::users(unit, tenant, bounds);
    }));
    return export_all("api_key", sink, [&](const tenancy::PageBounds& bounds) {
        return repository::api_keys(unit, tenant, bounds);
    });
}

base::Status IdentityData::remove_rows(storage::Unit& unit, const base::Uuid& tenant) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, Credentials::kKeys));
    MORTISE_TRY(repository::remove_sessions(unit, tenant));
    MORTISE_TRY(repository::remove_api_keys(unit, tenant));
    return repository::remove_users(unit, tenant);
}

}  // namespace mortise::identity
