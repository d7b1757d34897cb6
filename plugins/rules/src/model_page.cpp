#include "model_page.hpp"

#include "mortise/errors.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Call;
using mortise::sdk::Problem;
using mortise::sdk::Uuid;

constexpr std::int64_t kMaxLimit = 100;
constexpr std::size_t kMaxQuery = 200;  // bytes

[[noreturn]] void refuse(std::string_view name, std::string_view allowed) {
    throw Problem(400, "invalid_parameter",
                  "The parameter " + std::string(name) + " must be " + std::string(allowed) + ".");
}

[[noreturn]] void refuse_cursor() {
    throw Problem(400, "invalid_cursor", "The cursor is not one of this list. Begin without one.");
}

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && number >= 1 && number <= most ? std::optional(number) : std::nullopt;
}

std::int64_t decode_limit(const Call& call, std::int64_t standard) {
    const auto value = call.query("limit");
    return value ? decode_number("limit", *value, kMaxLimit) : standard;
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

}  // namespace

std::int64_t decode_number(std::string_view name, std::string_view text, std::int64_t most) {
    const auto number = parse_number(text, most);
    if (!number) refuse(name, "a whole number from 1 to " + std::to_string(most));
    return *number;
}

ModelPage decode_model_page(const Call& call) {
    call.allow_query({"tag", "layer", "q", "limit", "cursor"});
    ModelPage page;
    if (const auto tag = call.query("tag")) {
        if (check_tag(*tag)) refuse("tag", "a tag");
        page.filter.tag = join_tags({std::string(*tag)});
    }
    if (const auto layer = call.query("layer")) {
        if (*layer != name_of(Layer::kOwn) && *layer != name_of(Layer::kShared))
            refuse("layer", "own or shared");
        page.filter.layer = *layer == name_of(Layer::kOwn) ? Layer::kOwn : Layer::kShared;
    }
    if (const auto q = call.query("q")) {
        if (q->empty() || q->size() > kMaxQuery) refuse("q", "text of 1 to 200 bytes");
        page.filter.q = to_lower(*q);
    }
    page.limit = decode_limit(call, page.limit);
    if (const auto cursor = call.query("cursor")) {
        page.after = Uuid::parse(*cursor);
        if (!page.after) refuse_cursor();
    }
    return page;
}

VersionPage decode_version_page(const Call& call) {
    call.allow_query({"limit", "cursor"});
    VersionPage page;
    page.limit = decode_limit(call, page.limit);
    if (const auto cursor = call.query("cursor")) {
        page.before = parse_number(*cursor, std::numeric_limits<std::int64_t>::max());
        if (!page.before) refuse_cursor();
    }
    return page;
}

}  // namespace rules
