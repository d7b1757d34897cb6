#pragma once

#include "core/base/function_ref.hpp"
#include "core/base/result.hpp"
#include "core/flags/arena.hpp"
#include "core/flags/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mortise::flags {

// The bodies of the OpenFeature Remote Evaluation Protocol (OFREP 0.3.0, openapi.yaml of
// open-feature/protocol).

inline constexpr std::size_t kMaxContextKey = 1024;  // bytes of a context's targetingKey

// What an OFREP request says of whom it is for. Lives in the memory that it was read into.
struct OfrepContext {
    std::string_view targeting_key;      // may be empty
    std::span<const Member> attributes;  // all members of the context, sorted by name
};

// An answer ready to be sent, as application/json.
struct OfrepAnswer {
    int status = 200;
    std::string body;
    std::string etag;  // bulk only: a strong tag with its quotes, over what was evaluated
};

// Reads {"context": {"targetingKey": "…", …}} into `memory`. The error is the answer's: 400 PARSE_ERROR (no
// JSON) or INVALID_CONTEXT (no context, or a targetingKey that is no string). `key` is empty for a bulk
// request.
struct OfrepRequest {
    bool ok = false;
    OfrepContext context;
    OfrepAnswer error;  // if not ok
};
OfrepRequest parse_ofrep_request(std::string_view body, std::string_view key, Arena& memory);
// What a request needs of memory: most fit into the first, none may need more than the second.
inline constexpr std::size_t kOfrepMemory = 8 * 1024;
inline constexpr std::size_t kMaxOfrepMemory = 4 * 1024 * 1024;

// Sees each evaluation that is answered.
using EvaluationSink = base::FunctionRef<void(const Evaluation&)>;
inline constexpr auto not_counted = [](const Evaluation&) {};

// Appends an evaluationSuccess or an evaluationFailure. A disabled flag and one without a default have
// neither variant nor value: the application's own default applies (codeDefaultFlag).
void append_evaluation(std::string& out, const Evaluation& evaluation);

// 200 with the evaluation, 404 FLAG_NOT_FOUND, or 400 PARSE_ERROR or GENERAL if the flag's rule fails.
OfrepAnswer ofrep_single(const FlagSet& flags, const Subject& subject, std::string_view key,
                         EvaluationSink counted = not_counted);

// Where a client is told of changes (eventStreams). The ticket that it leads to ends, and a client that is
// told that nothing has changed keeps what it has: so the tag says until when that is good, and made with
// which key.
struct OfrepStream {
    std::string request_uri;       // path and query, beginning with '/'
    std::string key;               // names the key: [A-Za-z0-9_]
    std::int64_t expires_at = 0;   // seconds since 1970
    std::int64_t good_enough = 0;  // a client whose ticket is good until then needs no other
};

// A digest of all that the answer to this body is made of: the configuration, the subject but for its
// context, and the body; and the day, so that what is in use is evaluated, and counted, once a day. Empty if
// rules look at the time, by which answers change alone.
std::string ofrep_made_of(const FlagSet& flags, const Subject& subject, std::string_view body);

// The tag of `if_none_match` that says that the client has an answer made of the same, and a ticket that is
// good enough: then nothing needs to be evaluated, and the answer is 304.
std::optional<std::string> ofrep_unchanged(std::string_view made_of, std::string_view if_none_match,
                                           const OfrepStream* stream);

// 200 with every flag, those that fail with their error, the set's metadata, and the stream if there is one;
// 304 without a body if `if_none_match` (the header's value, a list or "*") has the tag of what was
// evaluated, whatever that was made of.
OfrepAnswer ofrep_bulk(const FlagSet& flags, const Subject& subject, std::string_view if_none_match,
                       const OfrepStream* stream = nullptr, EvaluationSink counted = not_counted,
                       std::string_view made_of = {});

// 400 for a request that is refused before anything is evaluated; `key` is empty for a bulk request.
OfrepAnswer ofrep_refusal(std::string_view key, std::string_view code, std::string_view details);

// 500 carries {"errorDetails"}.
std::string ofrep_failure(std::string_view details);

}  // namespace mortise::flags
