// /openapi.json and /docs: the API described by itself, without the internet.
#include "core/api/docs_page.hpp"
#include "core/api/resources.hpp"
#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"

namespace mortise::api {
namespace {

using base::Result;
using http::Call;
using http::Method;
using http::Response;
using http::Route;

std::string etag_of(std::string_view text) {
    const auto digest = crypto::blake2b_256(text);
    return '"' + base::to_hex(crypto::as_bytes(digest).substr(0, 16)) + '"';
}

Result<Response> openapi(const Parts& parts, const Call& call) {
    const auto document = parts.openapi();
    const std::string etag = etag_of(*document);
    Response response{.headers = {{"ETag", etag}}};
    if (call.request.head.header("if-none-match") == etag) {
        response.status = 304;
        return response;
    }
    response.content_type = "application/json";
    response.body = *document;
    return response;
}

Result<Response> docs(const Call&) {
    Response response{.content_type = "text/html; charset=utf-8", .body = std::string(kDocsPage)};
    response.headers.emplace_back(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'");
    return response;
}

}  // namespace

std::vector<Route> document_routes(const Parts& parts) {
    using enum http::Realm;
    using enum http::Work;
    return {
        {.method = Method::kGet,
         .pattern = "/openapi.json",
         .operation = "openapi",
         .summary = "This document",
         .tag = "Documents",
         .realm = kPublic,
         .work = kPool,
         .handler = [&parts](const Call& call) { return openapi(parts, call); },
         .response_schema = R"({"type": "object"})"},
        {.method = Method::kGet,
         .pattern = "/docs",
         .operation = "docs",
         .summary = "This document, to be read",
         .tag = "Documents",
         .realm = kPublic,
         .work = kInline,
         .handler = docs,
         .response_type = "text/html",
         .response_schema = R"({"type": "string"})"},
    };
}

}  // namespace mortise::api
