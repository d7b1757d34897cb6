#include "core/api/flag_json.hpp"

#include "core/base/text.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {

using Json = nlohmann::ordered_json;

nlohmann::ordered_json flag_json(const flags::Flag& flag, const base::RequestContext& context) {
    const auto& state = flag.state;
    // One that can't be read is shown without anything in it, so that it is found and written anew.
    Json definition = Json::parse(flag.definition, nullptr, false);
    if (!definition.is_object()) definition = Json::object();
    Json killed;
    if (state.killed())
        killed = {{"reason", state.kill_reason},
                  {"by", state.killed_by},
                  {"at", base::format_rfc3339(state.killed_at)}};
    return {{"key", flag.key},
            {"environment", flag.environment},
            {"definition", std::move(definition)},
            {"inherited", flag.tenant.is_nil() && !context.platform()},
            {"killed", std::move(killed)},
            {"archived_at", state.archived() ? Json(base::format_rfc3339(state.archived_at)) : Json()},
            {"created_at", base::format_rfc3339(flag.created_at)},
            {"updated_at", base::format_rfc3339(flag.updated_at)}};
}

}  // namespace mortise::api
