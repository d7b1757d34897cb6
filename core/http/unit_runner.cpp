#include "core/http/unit_runner.hpp"

#include "core/crypto/hash.hpp"
#include "core/events/idempotency.hpp"
#include "core/host/plugin.hpp"
#include "core/storage/database.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace mortise::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr int kAttempts = 5;

bool in_core(Work work) noexcept {
    return work == Work::kCoreRead || work == Work::kCoreWrite;
}

// In which it begins. An answer that is kept for an idempotency key is a write.
storage::Access first_access(Work work, const Idempotency& idempotency) noexcept {
    const bool writes = work == Work::kCoreWrite || work == Work::kTenantWrite ||
                        (work == Work::kTenantReadFirst && !idempotency.key.empty());
    return writes ? storage::Access::kWrite : storage::Access::kRead;
}

// What is kept of an answer beside its status and body; decode_answer reads it back.
std::string encode_headers(const Response& response) {
    nlohmann::json headers = nlohmann::json::array();
    for (const auto& [name, value] : response.headers)
        headers.push_back({name, value});
    return nlohmann::json{{"type", response.content_type}, {"headers", std::move(headers)}}.dump();
}

Response decode_answer(const events::IdempotentAnswer& answer) {
    Response response{.status = answer.status};
    const auto kept = nlohmann::json::parse(answer.headers);
    response.content_type = kept.at("type").get<std::string>();
    for (const auto& field : kept.at("headers"))
        response.headers.emplace_back(field.at(0).get<std::string>(), field.at(1).get<std::string>());
    response.headers.emplace_back("Idempotent-Replayed", "true");
    response.body = answer.body.value_or("");
    return response;
}

// One try: everything between begin and commit.
class Attempt {
 public:
    Attempt(storage::Database& database, const base::Clock& clock, const Route& route, Call& call,
            const Idempotency& idempotency)
        : database_(database), route_(route), call_(call), idempotency_(idempotency), answers_(clock) {}

    Result<Response> run(storage::Access access) {
        MORTISE_TRY_ASSIGN(const auto unit, begin(access));
        call_.unit = unit.get();
        MORTISE_TRY_ASSIGN(auto repeated, find_answer());
        if (repeated) return std::move(*repeated);
        MORTISE_TRY_ASSIGN(Response response, route_.handler(call_));
        if (response.status >= 400 || access == storage::Access::kRead) return response;
        MORTISE_TRY(keep_answer(response));
        MORTISE_TRY(unit->commit());
        return response;
    }

    // What another request with the same key has committed since this one began.
    Result<std::optional<Response>> answer_of_another() {
        MORTISE_TRY_ASSIGN(const auto unit, begin(storage::Access::kRead));
        call_.unit = unit.get();
        return find_answer();
    }

 private:
    Result<std::unique_ptr<storage::Unit>> begin(storage::Access access) {
        return in_core(route_.work)
                   ? database_.begin_core(access, call_.context.deadline)
                   : database_.begin_tenant(call_.context.tenant, access, call_.context.deadline);
    }

    // In core.db the tenant is part of the route, so that its key is not another tenant's.
    events::IdempotencyKey key() const {
        std::string route = route_.operation;
        if (in_core(route_.work)) route += '@' + call_.context.tenant.to_string();
        return {call_.context.principal.id, std::move(route), idempotency_.key};
    }

    Result<std::optional<Response>> find_answer() {
        if (idempotency_.key.empty()) return std::optional<Response>();
        MORTISE_TRY_ASSIGN(const auto answer, answers_.find(*call_.unit, key()));
        if (!answer) return std::optional<Response>();
        if (answer->request_hash != idempotency_.request_hash)
            return Error{ErrorKind::kUnprocessable, "idempotency_key_reused",
                         "This Idempotency-Key was used for another request; choose a new one."};
        if (!answer->body)
            return Error{
                ErrorKind::kConflict, "already_done",
                fmt::format("This was done before; its answer held a secret and was not kept. The id is {}.",
                            nlohmann::json::parse(answer->headers).value("id", ""))};
        return std::optional<Response>(decode_answer(*answer));
    }

    Status keep_answer(const Response& response) {
        if (idempotency_.key.empty()) return {};
        events::IdempotentAnswer answer{idempotency_.request_hash, response.status, {}, {}};
        if (route_.secret_answer) {
            answer.headers =
                nlohmann::json{{"id", nlohmann::json::parse(response.body).value("id", "")}}.dump();
        } else {
            answer.headers = encode_headers(response);
            answer.body = response.body;
        }
        Status kept = answers_.insert(*call_.unit, key(), answer);
        // Another request with the key was first: once more, and its answer is found.
        if (!kept.ok() && kept.error().code == storage::kUnique)
            return Error{ErrorKind::kUnavailable, std::string(storage::kSerialization), "Try again."};
        return kept;
    }

    storage::Database& database_;
    const Route& route_;
    Call& call_;
    const Idempotency& idempotency_;
    events::IdempotencyStore answers_;
};

// Whether it failed by what is there already, which another request with the same key may have made: where
// writers don't wait for each other to begin, each looks for an answer before the first of them has one.
bool lost_a_race(const Result<Response>& result) noexcept {
    if (result.ok()) return result->status == 409 || result->status == 412;
    return result.error().kind == ErrorKind::kConflict || result.error().kind == ErrorKind::kPrecondition;
}

bool needs_writer(const Result<Response>& result) noexcept {
    return !result.ok() && result.error().code == host::kNeedsWriter;
}

bool runs_again(const Error& error) noexcept {
    return storage::is_retryable(error) || error.code == host::kPluginBusy;
}

}  // namespace

Result<Response> run_in_unit(storage::Database& database, const base::Clock& clock, const Route& route,
                             Call call, const Idempotency& idempotency) {
    auto access = first_access(route.work, idempotency);
    for (int attempt = 1;; ++attempt) {
        auto result = Attempt(database, clock, route, call, idempotency).run(access);
        if (access == storage::Access::kRead && needs_writer(result)) {
            access = storage::Access::kWrite;
            continue;
        }
        if (!idempotency.key.empty() && lost_a_race(result)) {
            auto other = Attempt(database, clock, route, call, idempotency).answer_of_another();
            if (other.ok() && *other) return std::move(**other);
            return result;
        }
        if (result.ok() || attempt == kAttempts || !runs_again(result.error())) return result;
        if (clock.monotonic() >= call.context.deadline) return result;
    }
}

}  // namespace mortise::http
