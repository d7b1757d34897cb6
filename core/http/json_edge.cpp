#include "core/http/json_edge.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace mortise::http {
namespace {

using base::Error;
using base::ErrorKind;

// Follows the parser and stops it at the first thing that we refuse; builds nothing.
class Checker : public nlohmann::json_sax<nlohmann::json> {
 public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        if (members_.back().insert(name).second) return true;
        code = "duplicate_member";
        detail = "An object of the body has the same member twice.";
        return false;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        detail = fmt::format("The body is not valid JSON near byte {}.", position);
        return false;
    }

    std::string code = "invalid_json";
    std::string detail;

 private:
    bool open() {
        if (members_.size() >= kMaxJsonDepth) {
            code = "json_too_deep";
            detail = fmt::format("The body is nested deeper than {} levels.", kMaxJsonDepth);
            return false;
        }
        members_.emplace_back();
        return true;
    }
    bool close() {
        members_.pop_back();
        return true;
    }

    std::vector<std::set<std::string>> members_;
};

}  // namespace

base::Status check_json(std::string_view text) {
    if (text.empty()) return Error{ErrorKind::kInvalid, "body_required", "This operation needs a JSON body."};
    if (!base::is_utf8(text))
        return Error{ErrorKind::kInvalid, "invalid_utf8", "The body is not well-formed UTF-8."};
    // The parser takes a NUL for the end of the text, and would not see what stands behind it.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
        return Error{ErrorKind::kInvalid, "invalid_json",
                     fmt::format("The body is not valid JSON near byte {}.", nul + 1)};
    Checker checker;
    if (nlohmann::json::sax_parse(text, &checker)) return {};
    return Error{ErrorKind::kInvalid, std::move(checker.code), std::move(checker.detail)};
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
