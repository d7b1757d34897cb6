#include "core/api/flag_writes.hpp"

#include "core/base/text.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

constexpr std::string_view kCommentParameter = R"({
  "name": "comment", "in": "query", "schema": {"type": "string", "maxLength": 1000},
  "description": "Why; kept in the history with who did it."})";

std::string_view author_kind(base::PrincipalKind kind) noexcept {
    switch (kind) {
        case base::PrincipalKind::kUser:
            return "user";
        case base::PrincipalKind::kApiKey:
            return "api_key";
        case base::PrincipalKind::kSystem:
            return "system";
        case base::PrincipalKind::kAnonymous:
            break;
    }
    return "anonymous";
}

}  // namespace

base::Result<base::RequestContext> writing(const http::Call& call) {
    base::RequestContext context = call.context;
    if (const std::string* const comment = call.query_value("comment")) {
        if (base::utf8_length(*comment) > flags::kMaxComment)
            return base::Error{base::ErrorKind::kInvalid,
                               "invalid_comment",
                               "A comment has at most 1000 characters.",
                               {},
                               {{"comment", "invalid_comment", "A comment has at most 1000 characters."}}};
        context.comment = *comment;
    }
    return context;
}

std::string with_comment(std::string_view parameters) {
    std::string list(parameters.substr(0, parameters.rfind(']')));
    if (parameters.find('{') != std::string_view::npos) list += ", ";
    list += kCommentParameter;
    return list + "]";
}

nlohmann::ordered_json author_json(const flags::Author& author) {
    return {{"kind", author_kind(author.kind)}, {"id", id_or_null(author.id)}, {"label", author.label}};
}

std::string day_text(tenancy::Day day) {
    return base::format_rfc3339(std::int64_t{day} * 86'400 * base::kMicrosPerSecond).substr(0, 10);
}

nlohmann::ordered_json id_or_null(const base::Uuid& id) {
    return id.is_nil() ? nlohmann::ordered_json() : nlohmann::ordered_json(id.to_string());
}

}  // namespace mortise::api
