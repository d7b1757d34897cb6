#include "core/flags/ofrep.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/flags/paths.hpp"
#include "core/flags/value_reader.hpp"

#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxRequestSize = 64 * 1024;
constexpr std::size_t kMaxContextDepth = 64;

void append_string(std::string& out, std::string_view text) {
    out += '"';
    base::append_json_escaped(out, text);
    out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    if (out.back() != '{') out += ',';
    append_string(out, name);
    out += ':';
    append_string(out, text);
}

// {"key", "errorCode", "errorDetails"}; without a key for a bulk request.
OfrepAnswer failure(int status, std::string_view key, std::string_view code, std::string_view details) {
    OfrepAnswer answer{.status = status, .body = "{", .etag = {}};
    if (!key.empty()) append_member(answer.body, "key", key);
    append_member(answer.body, "errorCode", code);
    append_member(answer.body, "errorDetails", details);
    answer.body += '}';
    return answer;
}

int status_of(const Evaluation& evaluation) noexcept {
    if (evaluation.error == ErrorCode::kNone) return 200;
    return evaluation.found ? 400 : 404;
}

// Weak comparison (RFC 9110, 13.1.2) with a list of entity tags.
bool matches(std::string_view if_none_match, std::string_view etag) {
    if (base::trim(if_none_match) == "*") return true;
    while (!if_none_match.empty()) {
        const auto comma = if_none_match.find(',');  // our tags have none
        auto candidate = base::trim(if_none_match.substr(0, comma));
        if (candidate.starts_with("W/")) candidate.remove_prefix(2);
        if (candidate == etag) return true;
        if (comma == std::string_view::npos) break;
        if_none_match.remove_prefix(comma + 1);
    }
    return false;
}

}  // namespace

void append_evaluation(std::string& out, const Evaluation& evaluation) {
    out += "{\"key\":";
    append_string(out, evaluation.key);
    if (evaluation.error == ErrorCode::kNone) {
        append_member(out, "reason", to_string(evaluation.reason));
    } else {
        append_member(out, "errorCode", to_string(evaluation.error));
        append_member(out, "errorDetails", evaluation.detail);
    }
    if (!evaluation.members.empty()) {
        out += ',';
        out += evaluation.members;
    }
    if (!evaluation.metadata.empty()) {
        out += ",\"metadata\":";
        out += evaluation.metadata;
    }
    out += '}';
}

OfrepRequest parse_ofrep_request(std::string_view body, std::string_view key, Arena& memory) {
    OfrepRequest request;
    const auto read = read_value(body, {.size = kMaxRequestSize, .depth = kMaxContextDepth}, memory);
    if (!read) {
        request.error = failure(400, key, "PARSE_ERROR", read.error().detail);
        return request;
    }
    const auto invalid = [&](std::string_view details) {
        request.error = failure(400, key, "INVALID_CONTEXT", details);
        return request;
    };
    const auto* const context = read->is_object() ? read->find("context") : nullptr;
    if (context == nullptr || !context->is_object()) return invalid("The request has no object \"context\".");
    request.context.attributes = context->members();
    if (const auto* const found = context->find(kTargetingKeyName)) {
        if (!found->is_string() || found->text().size() > kMaxContextKey)
            return invalid("The context's targetingKey is a string of at most 1024 bytes.");
        request.context.targeting_key = found->text();
    }
    request.ok = true;
    return request;
}

OfrepAnswer ofrep_single(const FlagSet& flags, const Subject& subject, std::string_view key,
                         EvaluationSink counted) {
    auto evaluation = flags.evaluate(subject, key);
    counted(evaluation);
    if (!evaluation.found) evaluation.metadata = flags.metadata(subject.tenant);
    OfrepAnswer answer{.status = status_of(evaluation)};
    append_evaluation(answer.body, evaluation);
    return answer;
}

OfrepAnswer ofrep_bulk(const FlagSet& flags, const Subject& subject, std::string_view if_none_match,
                       EvaluationSink counted) {
    OfrepAnswer answer;
    answer.body = "{\"flags\":[";
    bool first = true;
    flags.evaluate_all(subject, [&](const Evaluation& evaluation) {
        if (!std::exchange(first, false)) answer.body += ',';
        append_evaluation(answer.body, evaluation);
        counted(evaluation);
    });
    answer.body += ']';
    if (const auto metadata = flags.metadata(subject.tenant); !metadata.empty()) {
        answer.body += ",\"metadata\":";
        answer.body += metadata;
    }
    answer.body += '}';
    // Half of the digest: two bodies that share it don't happen by chance.
    const auto digest = crypto::blake2b_256(answer.body);
    answer.etag = '"' + base::base64url_encode(crypto::as_bytes(digest).substr(0, 16)) + '"';
    if (matches(if_none_match, answer.etag)) {
        answer.status = 304;
        answer.body.clear();
    }
    return answer;
}

std::string ofrep_failure(std::string_view details) {
    std::string body = "{";
    append_member(body, "errorDetails", details);
    return body + "}";
}

}  // namespace mortise::flags
