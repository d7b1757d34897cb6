#include "core/http/json_edge.hpp"

#include "core/base/text.hpp"
#include "core/tenancy/strict_json.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace mortise::http {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kMaxPointer = 1024;  // bytes; of a longer one nobody would read more

// Follows the parser and stops it at the first thing that we refuse; builds nothing.
class Checker : public nlohmann::json_sax<nlohmann::json> {
 public:
    explicit Checker(std::size_t max_depth) : max_depth_(max_depth) {}

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return open(false); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        Level& object = levels_.back();
        const auto [member, added] = object.members.insert(name);
        object.member = &*member;
        return added || refuse("duplicate_member", "An object of the body has the same member twice.");
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        detail = fmt::format("The body is not valid JSON near byte {}.", position);
        return false;
    }

    Error error() && {
        std::vector<base::FieldError> places;
        if (!pointer_.empty() && pointer_.size() <= kMaxPointer) places = {{pointer_, code_, detail}};
        return {ErrorKind::kInvalid, std::move(code_), std::move(detail), {}, std::move(places)};
    }

    std::string detail;

 private:
    struct Level {
        bool array;
        std::size_t passed = 0;               // elements of an array
        const std::string* member = nullptr;  // of an object, whose value is being read
        std::set<std::string> members = {};
    };

    bool value() {
        if (!levels_.empty()) ++levels_.back().passed;
        return true;
    }
    bool open(bool array) {
        if (levels_.size() >= max_depth_)
            return refuse("json_too_deep",
                          fmt::format("The body is nested deeper than {} levels.", max_depth_));
        levels_.push_back({.array = array});
        return true;
    }
    bool close() {
        levels_.pop_back();
        return value();
    }
    // Of what is being read.
    bool refuse(std::string code, std::string why) {
        code_ = std::move(code);
        detail = std::move(why);
        for (const Level& level : levels_)
            pointer_ +=
                '/' + (level.array ? std::to_string(level.passed) : tenancy::pointer_token(*level.member));
        return false;
    }

    const std::size_t max_depth_;
    std::vector<Level> levels_;
    std::string code_ = "invalid_json";
    std::string pointer_;
};

}  // namespace

base::Status check_json(std::string_view text, std::size_t max_depth) {
    if (text.empty()) return Error{ErrorKind::kInvalid, "body_required", "This operation needs a JSON body."};
    if (!base::is_utf8(text))
        return Error{ErrorKind::kInvalid, "invalid_utf8", "The body is not well-formed UTF-8."};
    // The parser takes a NUL for the end of the text, and would not see what stands behind it.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
        return Error{ErrorKind::kInvalid, "invalid_json",
                     fmt::format("The body is not valid JSON near byte {}.", nul + 1)};
    Checker checker(max_depth);
    if (nlohmann::json::sax_parse(text, &checker)) return {};
    return std::move(checker).error();
}

bool parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto part = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (part.empty()) continue;
        const auto equals = part.find('=');
        auto name = base::percent_decode(part.substr(0, equals), true);
        auto value =
            base::percent_decode(equals == std::string_view::npos ? "" : part.substr(equals + 1), true);
        if (!name || !value || out.size() >= kMaxQueryParameters) return false;
        out.emplace_back(std::move(*name), std::move(*value));
    }
    return true;
}

}  // namespace mortise::http
