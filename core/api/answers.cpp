#include "core/api/answers.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mortise::api {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

http::Response json_answer(int status, const nlohmann::ordered_json& body) {
    return {.status = status, .content_type = "application/json", .body = body.dump()};
}

http::Response json_answer(int status, const nlohmann::ordered_json& body, std::int64_t version) {
    http::Response response = json_answer(status, body);
    response.headers.emplace_back("ETag", fmt::format("\"{}\"", version));
    return response;
}

http::Response no_content() {
    return {.status = 204};
}

Result<std::optional<std::int64_t>> if_match(const http::Call& call, bool needed) {
    const auto field = call.request.head.header("if-match");
    if (!field && needed)
        return Error{ErrorKind::kPreconditionRequired, "if_match_required",
                     "Send If-Match with the ETag of what you have read, or *."};
    if (!field || *field == "*") return std::optional<std::int64_t>();
    const bool quoted = field->size() > 2 && field->front() == '"' && field->back() == '"';
    const auto version = quoted ? base::parse_i64(field->substr(1, field->size() - 2)) : std::nullopt;
    if (!version)
        return Error{ErrorKind::kPrecondition, "version_mismatch",
                     "It has changed since you read it; read it again and repeat the change."};
    return std::optional<std::int64_t>(*version);
}

Status only_parameters(const http::Call& call, std::initializer_list<std::string_view> allowed) {
    std::vector<base::FieldError> faults;
    for (const auto& [name, value] : call.query)
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
            faults.push_back({name, "unknown_parameter", "There is no such parameter."});
    if (faults.empty()) return {};
    return Error{ErrorKind::kInvalid,
                 "unknown_parameter",
                 "The query has unknown parameters; see `errors`.",
                 {},
                 std::move(faults)};
}

Result<tenancy::PageRequest> page_request(const http::Call& call,
                                          std::initializer_list<std::string_view> also) {
    std::vector<base::FieldError> faults;
    tenancy::PageRequest request;
    for (const auto& [name, value] : call.query) {
        if (name == "limit") {
            const auto limit = base::parse_u64(value);
            if (limit && *limit >= 1 && *limit <= 100)
                request.limit = static_cast<std::uint32_t>(*limit);
            else
                faults.push_back({name, "invalid_limit", "limit is a number from 1 to 100."});
        } else if (name == "cursor") {
            request.cursor = value;
        } else if (std::find(also.begin(), also.end(), name) == also.end()) {
            faults.push_back({name, "unknown_parameter", "There is no such parameter."});
        }
    }
    if (faults.empty()) return request;
    const std::string code = faults.front().code;
    return Error{ErrorKind::kInvalid, code, "The query has faults; see `errors`.", {}, std::move(faults)};
}

std::string page_schema(std::string_view item) {
    return R"({"type": "object", "required": ["items", "next_cursor"], "properties": {"items": {"type": "array", "items": )" +
           std::string(item) + R"(}, "next_cursor": {"type": ["string", "null"]}}})";
}

}  // namespace mortise::api
