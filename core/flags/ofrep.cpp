#include "core/flags/ofrep.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/tenancy/strict_json.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxRequestSize = 64 * 1024;
constexpr std::size_t kMaxContextDepth = 64;
constexpr std::size_t kMaxContextKey = 1024;

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

// An evaluationSuccess. A disabled flag and one without a default have neither variant nor value: the
// application's own default applies (codeDefaultFlag).
void append_evaluation(std::string& out, const Evaluation& evaluation) {
    out += '{';
    append_member(out, "key", evaluation.key);
    append_member(out, "reason", to_string(evaluation.reason));
    if (!evaluation.variant.empty()) {
        append_member(out, "variant", evaluation.variant);
        out += ",\"value\":";
        out += evaluation.value;
    }
    if (!evaluation.metadata.empty()) {
        out += ",\"metadata\":";
        out += evaluation.metadata;
    }
    out += '}';
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

OfrepRequest parse_ofrep_request(std::string_view body, std::string_view key) {
    OfrepRequest request;
    json document;
    if (auto read =
            tenancy::parse_strict_json(body, {.size = kMaxRequestSize, .depth = kMaxContextDepth}, document);
        !read) {
        request.error = failure(400, key, "PARSE_ERROR", read.error().detail);
        return request;
    }
    const auto invalid = [&](std::string_view details) {
        request.error = failure(400, key, "INVALID_CONTEXT", details);
        return request;
    };
    if (!document.is_object() || !document.contains("context") || !document["context"].is_object())
        return invalid("The request has no object \"context\".");
    const auto& context = document["context"];
    if (const auto found = context.find("targetingKey"); found != context.end()) {
        if (!found->is_string() || found->get_ref<const std::string&>().size() > kMaxContextKey)
            return invalid("The context's targetingKey is a string of at most 1024 bytes.");
        request.context.targeting_key = found->get<std::string>();
    }
    request.ok = true;
    return request;
}

OfrepAnswer ofrep_single(const FlagSet& flags, const Subject& subject, std::string_view key) {
    const auto evaluation = flags.evaluate(subject, key);
    if (!evaluation.found) return failure(404, key, "FLAG_NOT_FOUND", "There is no flag with this key.");
    OfrepAnswer answer;
    append_evaluation(answer.body, evaluation);
    return answer;
}

OfrepAnswer ofrep_bulk(const FlagSet& flags, const Subject& subject, std::string_view if_none_match) {
    OfrepAnswer answer;
    answer.body = "{\"flags\":[";
    bool first = true;
    flags.evaluate_all(subject, [&](const Evaluation& evaluation) {
        if (!std::exchange(first, false)) answer.body += ',';
        append_evaluation(answer.body, evaluation);
    });
    answer.body += "]}";
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
