#include "core/http/problem.hpp"

#include "core/base/text.hpp"

namespace mortise::http {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":\"";
    base::append_json_escaped(out, value);
    out += '"';
}

void append_errors(std::string& out, std::span<const base::FieldError> fields) {
    out += ",\"errors\":[";
    for (const base::FieldError& field : fields) {
        if (out.back() == '}') out += ',';
        out += "{\"pointer\":\"";
        base::append_json_escaped(out, field.pointer);
        out += '"';
        append_member(out, "code", field.code);
        append_member(out, "detail", field.detail);
        out += '}';
    }
    out += ']';
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 423:
            return "Locked";
        case 426:
            return "Upgrade Required";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 508:
            return "Loop Detected";  // RFC 5842
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:
            return "Unknown";
    }
}

int status_of(base::ErrorKind kind) noexcept {
    switch (kind) {
        case base::ErrorKind::kInvalid:
            return 400;
        case base::ErrorKind::kUnprocessable:
            return 422;
        case base::ErrorKind::kUnauthenticated:
            return 401;
        case base::ErrorKind::kForbidden:
            return 403;
        case base::ErrorKind::kNotFound:
            return 404;
        case base::ErrorKind::kConflict:
            return 409;
        case base::ErrorKind::kPrecondition:
            return 412;
        case base::ErrorKind::kPreconditionRequired:
            return 428;
        case base::ErrorKind::kTooLarge:
            return 413;
        case base::ErrorKind::kUnsupportedType:
            return 415;
        case base::ErrorKind::kRateLimited:
            return 429;
        case base::ErrorKind::kUnavailable:
            return 503;
        case base::ErrorKind::kTimeout:
            return 504;
        case base::ErrorKind::kInternal:
            return 500;
    }
    return 500;
}

Response problem(int status, std::string_view code, std::string_view detail, const base::Uuid& request_id,
                 std::span<const base::FieldError> fields) {
    Response response{.status = status,
                      .content_type = "application/problem+json",
                      .code = std::string(code),
                      .detail = std::string(detail)};
    std::string& out = response.body;
    out = "{\"type\":\"urn:mortise:problem:";
    base::append_json_escaped(out, code);
    out += '"';
    append_member(out, "title", reason_phrase(status));
    out += ",\"status\":";
    out += std::to_string(status);
    append_member(out, "code", code);
    append_member(out, "detail", detail);
    append_member(out, "request_id", request_id.to_string());
    if (!fields.empty()) append_errors(out, fields);
    out += '}';
    return response;
}

Response problem(const base::Error& error, const base::Uuid& request_id) {
    Response response = problem(status_of(error.kind), error.code, error.detail, request_id, error.fields);
    if (error.retry_after_s > 0)
        response.headers.emplace_back("Retry-After", std::to_string(error.retry_after_s));
    return response;
}

Response internal_problem(const base::Uuid& request_id) {
    Response response = problem(base::internal_error({}), request_id);
    response.headers.emplace_back("X-Request-Id", request_id.to_string());
    return response;
}

}  // namespace mortise::http
