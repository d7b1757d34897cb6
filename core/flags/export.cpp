#include "core/flags/export.hpp"

#include "core/base/entity_tag.hpp"
#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/flags/flag_service.hpp"
#include "core/flags/owner_view.hpp"
#include "core/flags/service_rules.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
base::Result<Export> export_flags(const base::RequestContext& context, storage::Unit& unit,
                                  FlagService& flags) {
    MORTISE_TRY_ASSIGN(const auto stored, flags.get_set(context, unit));
    MORTISE_TRY_ASSIGN(const auto views, affected_views(unit, context.tenant, context.environment));
    const auto view = std::find_if(views.begin(), views.end(), [&context](const OwnerView& one) {
        return one.environment == context.environment;
    });
    const auto shared = nlohmann::json::parse(stored.definition);
    std::string text = "{";
    for (const auto& [name, value] : shared.items())
        text += nlohmann::json(name).dump() + ':' + value.dump() + ',';
    text += "\"flags\":{";
    bool first = true;
    for (const auto& [key, flag] : view->flags) {
        if (flag.state.archived()) continue;
        if (!nlohmann::json::accept(flag.definition)) return flag_unreadable(key);
        if (!std::exchange(first, false)) text += ',';
        text += nlohmann::json(key).dump() + ':' + flag.definition;
    }
    text += "}}";
    const auto digest = crypto::blake2b_256(text);
    return Export{std::move(text),
                  '"' + base::base64url_encode(crypto::as_bytes(digest).substr(0, 16)) + '"'};
}

base::Status check_exported(const base::RequestContext& context, storage::Unit& unit, FlagService& flags,
                            std::string_view if_match) {
    MORTISE_TRY_ASSIGN(const auto now, export_flags(context, unit, flags));
    if (base::has_etag(if_match, now.etag, base::TagComparison::kStrong)) return {};
    return version_mismatch("What is exported of the flags");
}

}  // namespace mortise::flags
