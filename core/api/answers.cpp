#include "core/api/answers.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace mortise::api {

using base::Error;
using base::ErrorKind;
using base::Result;

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

Result<tenancy::IfMatch> if_match(const http::Call& call, bool needed) {
    const auto field = call.request.head.header("if-match");
    const auto none = call.request.head.header("if-none-match");
    if (!field && none && base::trim(*none) == "*") return tenancy::IfMatch::absent();
    if (!field && needed)
        return Error{ErrorKind::kPreconditionRequired, "if_match_required",
                     "Send If-Match with the ETag of what you have read, or *."};
    if (!field) return tenancy::IfMatch();
    if (*field == "*") return tenancy::IfMatch::existing();
    std::vector<std::int64_t> versions;
    for (std::string_view rest = *field; !rest.empty();) {
        const auto end = std::min(rest.find(','), rest.size());
        const auto tag = base::trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') continue;
        const auto text = tag.substr(1, tag.size() - 2);
        const auto version = base::parse_i64(text);
        if (version && std::to_string(*version) == text) versions.push_back(*version);
    }
    return tenancy::IfMatch::any_of(std::move(versions));
}

Result<tenancy::PageRequest> page_request(const http::Call& call,
                                          std::initializer_list<std::string_view> also) {
    std::vector<base::FieldError> faults;
    tenancy::PageRequest request;
    std::set<std::string_view> seen;
    for (const auto& [name, value] : call.query) {
        if (!seen.insert(name).second) {
            faults.push_back({name, "repeated_parameter", "This parameter may stand once."});
        } else if (name == "limit") {
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

namespace {

Error invalid_parameter(std::string_view name, std::string detail) {
    return {ErrorKind::kInvalid,
            "invalid_parameter",
            "The query has faults; see `errors`.",
            {},
            {{std::string(name), "invalid_parameter", std::move(detail)}}};
}

}  // namespace

Result<std::int64_t> number_parameter(const http::Call& call, std::string_view name, std::int64_t least,
                                      std::int64_t most, std::int64_t fallback) {
    const std::string* const text = call.query_value(name);
    if (text == nullptr) return fallback;
    const auto number = base::parse_i64(*text);
    if (number && *number >= least && *number <= most) return *number;
    return invalid_parameter(name, fmt::format("{} is a number from {} to {}.", name, least, most));
}

Result<bool> boolean_parameter(const http::Call& call, std::string_view name) {
    const std::string* const text = call.query_value(name);
    if (text == nullptr || *text == "false") return false;
    if (*text == "true") return true;
    return invalid_parameter(name, fmt::format("{} is true or false.", name));
}

Result<http::Response> page_of_all(const http::Call& call,
                                   std::map<std::string, nlohmann::ordered_json> all) {
    MORTISE_TRY_ASSIGN(const auto request, page_request(call));
    const auto after = base::base64url_decode(request.cursor);
    if (!after) return Error{ErrorKind::kInvalid, "invalid_cursor", "The cursor is not one of this list."};
    nlohmann::ordered_json items = nlohmann::ordered_json::array(), next_cursor;
    for (auto row = all.upper_bound(*after); row != all.end() && next_cursor.is_null(); ++row) {
        items.push_back(std::move(row->second));
        if (items.size() == request.limit && std::next(row) != all.end())
            next_cursor = base::base64url_encode(row->first);
    }
    nlohmann::ordered_json body;
    body["items"] = std::move(items);
    body["next_cursor"] = std::move(next_cursor);
    return json_answer(200, body);
}

std::string page_schema(std::string_view item) {
    return R"({"type": "object", "required": ["items", "next_cursor"], "properties": {"items": {"type": "array", "items": )" +
           std::string(item) + R"(}, "next_cursor": {"type": ["string", "null"]}}})";
}

}  // namespace mortise::api
