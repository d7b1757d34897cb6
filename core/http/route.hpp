#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/http/json_edge.hpp"
#include "core/http/message.hpp"
#include "core/http/pool.hpp"
#include "core/storage/database.hpp"

#include <any>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::http {

// Whose resource a route is, which decides how the caller's tenant is found.
enum class Realm : std::uint8_t {
    kPublic,    // no credential is asked for
    kPlatform,  // a platform administrator's, outside of any tenant
    kTenant,    // inside a tenant
    kEither     // the platform's without a tenant, that tenant's inside one
};

// The unit of work that is opened around the handler.
enum class Work : std::uint8_t {
    kInline,    // none: answered on the reactor from memory; must not block
    kPool,      // none, but it may block (it opens units of its own)
    kCoreRead,  // core.db
    kCoreWrite,
    kTenantRead,  // the tenant's database
    kTenantWrite,
    kTenantReadFirst  // a read; once more as a write if the handler fails with host::kNeedsWriter
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What a handler gets. All references live until it returns.
struct Call {
    const base::RequestContext& context;
    const Request& request;
    const Pairs& path;              // the pattern's parameters, percent-decoded
    const Pairs& query;             // percent-decoded, in the order of the target; names may repeat
    storage::Unit* unit = nullptr;  // as Route::work says; committed by the pipeline if the handler succeeds
    std::any prepared = {};         // by Route::prepare
    // For a plugin that does not come back in time (host::PluginRequest); null: nobody can be told.
    const std::function<void()>* given_up = nullptr;

    // The parameter of the pattern; a name that it has not is a programming error and throws.
    const std::string& parameter(std::string_view name) const;
    // The first of that name in the query; null if there is none.
    const std::string* query_value(std::string_view name) const noexcept;
};

using RouteHandler = std::function<base::Result<Response>(const Call&)>;

// A route is a row of data: from it come matching, 404 and 405, HEAD and OPTIONS, authorisation, the limits,
// and the OpenAPI document; for the core and for plugins alike.
struct Route {
    Method method = Method::kGet;
    std::string pattern;    // "/api/v1/tenants/{slug}"; {name} takes one segment
    std::string operation;  // unique, such as "create_tenant"
    std::string summary;
    std::string tag;  // groups operations in the document
    Realm realm = Realm::kTenant;
    Work work = Work::kInline;
    RouteHandler handler;

    std::string scope = {};        // what the credential must hold; empty: any that the realm lets in
    std::string or_scopes = {};    // … or one of these, separated by single spaces
    bool environments = false;     // the header Mortise-Environment says in which one of flags it works
    std::string plugin = {};       // whose route it is: must be licensed, and enabled for the tenant
    std::string entitlement = {};  // of the licence, beyond the plugin
    std::string flag = {};         // a boolean flag that must be on

    std::string request_type = {};  // media types of the body, separated by ", "; empty: it takes none
    bool optional_body = false;     // an empty body is as good
    std::uint64_t body_limit = 0;   // bytes; 0: the server's default
    std::size_t json_depth = kMaxJsonDepth;  // levels of a JSON body
    std::string request_schema = {};         // JSON Schema, or empty
    bool idempotency_key = false;            // keeps the answer under the Idempotency-Key
    bool secret_answer = false;  // the answer holds a secret and is not kept: a repetition gets 409

    int success = 200;
    bool creates = false;  // … or 201 with the same content, if what was put was not there
    std::string response_type = "application/json";  // likewise; empty: no body
    std::string response_schema = {};
    std::string parameters = {};   // JSON array of OpenAPI parameter objects, beside those of the pattern
    bool counts_as_write = false;  // refused while the licence is limited

    bool cross_origin = false;  // pages of other origins may be let read it (CrossOrigin)

    bool any_query = false;  // the names in the query are the client's own

    bool checks_body = false;  // the handler answers a malformed body itself, as its protocol wants

    // What would be a problem, said as the row's protocol wants: changes the answer, or leaves it.
    // `parameters` are the pattern's; one that can't be decoded is empty.
    std::function<void(const RequestHead& head, const Pairs& parameters, Response& answer)> say_refusal = {};
    std::string refusal_schema = {};  // of what it makes of 400, and the handler of 404, as application/json

    std::shared_ptr<Lane> lane = {};  // shared by routes that wait for the same few; null: by none

    bool hashes_password = false;  // runs on the pool of such routes, since hashing is slow by design

    bool probe = false;  // runs on a thread of such routes, so that it is answered while all others wait

    // Of a row that is answered inline: whether this one request may have to wait for a database, so that it
    // is moved to the pool. Called on the reactor, must not block.
    std::function<bool(const Call&)> may_block = {};

    // Slow work that needs no database, done before the unit is opened; its value becomes Call::prepared.
    std::function<base::Result<std::any>(const Call&)> prepare = {};
    // Runs after the commit of a kCoreWrite row, before the answer, which it may complete. What it fails of
    // must be something that is taken up again later.
    std::function<base::Status(const Call&, Response&)> after_commit = {};
};

// Calls `each` with every part of a list.
template <class Each>
void for_parts(std::string_view list, std::string_view separator, Each each) {
    while (!list.empty()) {
        const auto end = list.find(separator);
        each(list.substr(0, end));
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + separator.size());
    }
}

// … of a list of media types ("application/merge-patch+json, application/json").
template <class Each>
void for_media_types(std::string_view list, Each each) {
    for_parts(list, ", ", each);
}

// … of a list of scopes ("flags:read flags:evaluate").
template <class Each>
void for_words(std::string_view list, Each each) {
    for_parts(list, " ", each);
}

}  // namespace mortise::http
