#include "core/flags/ofrep.hpp"

#include "core/base/entity_tag.hpp"
#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/flags/paths.hpp"
#include "core/flags/value_reader.hpp"

#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kMaxRequestSize = 64 * 1024;
constexpr std::size_t kMaxContextDepth = 64;
constexpr int kInactivityDelay = 120;  // seconds: how long a hidden page goes on listening

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

// A name of the protocol's, which needs no escape.
void append_name(std::string& out, std::string_view member, std::string_view name) {
    out += member;
    out += '"';
    out += name;
    out += '"';
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

// The client joins the path with its own idea of our origin, which it knows better than we do behind proxies.
void append_stream(std::string& out, const OfrepStream& stream) {
    out += ",\"eventStreams\":[{\"type\":\"sse\",\"endpoint\":{\"requestUri\":";
    append_string(out, stream.request_uri);
    out += "},\"inactivityDelaySec\":";
    out += std::to_string(kInactivityDelay);
    out += "}]";
}

int status_of(const Evaluation& evaluation) noexcept {
    if (evaluation.error == ErrorCode::kNone) return 200;
    return evaluation.found ? 400 : 404;
}

// "<result>.<made of>-<end of the ticket>-<name of its key>", quoted; what is not there is left out with its
// sign. Digests have a fixed length, and a hyphen may be one of their signs.
constexpr std::size_t kDigest = 22;

std::string digest_of(std::string_view text) {
    // Half of it: two texts that share it don't happen by chance.
    const auto hash = crypto::blake2b_256(text);
    return base::base64url_encode(crypto::as_bytes(hash).substr(0, 16));
}

std::string make_tag(std::string_view result, std::string_view made_of, const OfrepStream* stream) {
    std::string tag = '"' + std::string(result);
    if (!made_of.empty()) tag += '.' + std::string(made_of);
    if (stream != nullptr) tag += '-' + std::to_string(stream->expires_at) + '-' + stream->key;
    return tag + '"';
}

struct Tag {
    std::string_view result;
    std::string_view made_of;  // may be empty
    std::string_view ticket;   // likewise
};

std::optional<Tag> read_tag(std::string_view text) {
    if (text.size() < kDigest + 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    Tag tag{.result = text.substr(0, kDigest)};
    text.remove_prefix(kDigest);
    if (text.size() > kDigest && text.front() == '.') {
        tag.made_of = text.substr(1, kDigest);
        text.remove_prefix(kDigest + 1);
    }
    tag.ticket = text;
    return tag;
}

// Whether the ticket that the tag tells of is good for a while, or none is needed.
bool is_good(std::string_view ticket, const OfrepStream* stream) {
    if (stream == nullptr) return ticket.empty();
    const auto hyphen = ticket.rfind('-');
    if (!ticket.starts_with('-') || hyphen == 0) return false;
    const auto end = base::parse_i64(ticket.substr(1, hyphen - 1));
    return end && *end >= stream->good_enough && ticket.substr(hyphen + 1) == stream->key;
}

}  // namespace

void append_evaluation(std::string& out, const Evaluation& evaluation) {
    out += "{\"key\":";
    append_string(out, evaluation.key);
    if (evaluation.error == ErrorCode::kNone) {
        append_name(out, ",\"reason\":", to_string(evaluation.reason));
    } else {
        append_name(out, ",\"errorCode\":", to_string(evaluation.error));
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

std::string ofrep_made_of(const FlagSet& flags, const Subject& subject, std::string_view body) {
    constexpr std::int64_t kDay = 86'400;
    if (flags.asks_time(subject.tenant)) return {};
    std::string all;
    all.reserve(body.size() + 256);
    all += subject.tenant.as_bytes();
    for (const auto text : {subject.tenant_slug, subject.plan}) {
        all += std::to_string(text.size()) + ':';
        all += text;
    }
    all += subject.client_only ? 'c' : 's';
    all += flags.config_tag(subject.tenant, subject.now).fingerprint_text();
    all += std::to_string(subject.now / kDay) + ':';
    all += body;
    return digest_of(all);
}

std::optional<std::string> ofrep_unchanged(std::string_view made_of, std::string_view if_none_match,
                                           const OfrepStream* stream) {
    if (made_of.empty() || base::trim(if_none_match) == "*") return std::nullopt;
    std::optional<std::string> same;
    base::any_etag(if_none_match, base::TagComparison::kWeak, [&](std::string_view text) {
        const auto tag = read_tag(text);
        if (!tag || tag->made_of != made_of || !is_good(tag->ticket, stream)) return false;
        same = text;
        return true;
    });
    return same;
}

OfrepAnswer ofrep_bulk(const FlagSet& flags, const Subject& subject, std::string_view if_none_match,
                       const OfrepStream* stream, EvaluationSink counted, std::string_view made_of) {
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
    const auto result = digest_of(answer.body);
    answer.etag = make_tag(result, made_of, stream);
    const auto has_it = [&](std::string_view text) {
        const auto tag = read_tag(text);
        return tag && tag->result == result && is_good(tag->ticket, stream);
    };
    if (base::any_etag(if_none_match, base::TagComparison::kWeak, has_it)) {
        answer.status = 304;
        answer.body.clear();
        return answer;
    }
    if (stream != nullptr) append_stream(answer.body, *stream);
    answer.body += '}';
    return answer;
}

OfrepAnswer ofrep_refusal(std::string_view key, std::string_view code, std::string_view details) {
    return failure(400, key, code, details);
}

std::string ofrep_failure(std::string_view details) {
    std::string body = "{";
    append_member(body, "errorDetails", details);
    return body + "}";
}

}  // namespace mortise::flags
