#include "core/api/flag_writes.hpp"

#include "core/base/text.hpp"

#include <nlohmann/json.hpp>

namespace mortise::api {
namespace {

constexpr std::string_view kCommentParameter = R"({
  "name": "comment", "in": "query", "schema": {"type": "string", "maxLength": 1000},
  "description": "Why; kept in the history with who did it."})";

std::string_view kind_of(base::PrincipalKind kind) noexcept {
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
    return {{"kind", kind_of(author.kind)}, {"id", id_or_null(author.id)}, {"label", author.label}};
}

nlohmann::ordered_json id_or_null(const base::Uuid& id) {
    return id.is_nil() ? nlohmann::ordered_json() : nlohmann::ordered_json(id.to_string());
}

}  // namespace mortise::api
