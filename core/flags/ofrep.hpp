#pragma once

#include "core/base/result.hpp"
#include "core/flags/snapshot.hpp"

#include <string>
#include <string_view>

namespace mortise::flags {

// The bodies of the OpenFeature Remote Evaluation Protocol (OFREP 0.3.0, openapi.yaml of
// open-feature/protocol).

// What an OFREP request asks of us; the rest of the context has no say while flags are static.
struct OfrepContext {
    std::string targeting_key;  // may be empty: TARGETING_KEY_MISSING is for flags that need one
};

// An answer ready to be sent, as application/json.
struct OfrepAnswer {
    int status = 200;
    std::string body;
    std::string etag;  // bulk only: a strong tag with its quotes, over what was evaluated
};

// Reads {"context": {"targetingKey": "…", …}}. The error is the answer's: 400 PARSE_ERROR (no JSON) or
// INVALID_CONTEXT (no context, or a targetingKey that is no string). `key` is empty for a bulk request.
struct OfrepRequest {
    bool ok = false;
    OfrepContext context;
    OfrepAnswer error;  // if not ok
};
OfrepRequest parse_ofrep_request(std::string_view body, std::string_view key);

// 200 with the evaluation, or 404 FLAG_NOT_FOUND.
OfrepAnswer ofrep_single(const FlagSet& flags, const Subject& subject, std::string_view key);

// 200 with every flag; 304 without a body if `if_none_match` (the header's value, a list or "*") has the tag.
OfrepAnswer ofrep_bulk(const FlagSet& flags, const Subject& subject, std::string_view if_none_match);

// 401, 403, 429 and 500 carry {"errorDetails"}.
std::string ofrep_failure(std::string_view details);

}  // namespace mortise::flags
