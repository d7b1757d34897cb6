#include "core/tenancy/strict_json.hpp"

#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::tenancy {
namespace {

using nlohmann::json;

base::Error invalid(std::string detail) {
    return {base::ErrorKind::kInvalid, "invalid_json", std::move(detail)};
}

// Reads along without building anything, and stops at the first fault that the library would let pass.
class Checker final : public nlohmann::json_sax<json> {
 public:
    explicit Checker(std::size_t max_depth) : max_depth_(max_depth) {}

    const char* fault() const noexcept { return fault_; }

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t& text) override { return check_text(text); }
    bool binary(binary_t&) override { return fail("The text is not JSON."); }
    bool start_object(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (!check_text(name)) return false;
        return names_.back().insert(name).second || fail("A member of a JSON object stands there twice.");
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return fail("The text is not JSON.");
    }

 private:
    bool fail(const char* fault) {
        fault_ = fault;
        return false;
    }
    bool open() {
        names_.emplace_back();
        return names_.size() <= max_depth_ || fail("The JSON text is nested too deeply.");
    }
    bool close() {
        names_.pop_back();
        return true;
    }
    bool check_text(const std::string& text) {
        return text.find('\0') == std::string::npos || fail("A JSON string has a NUL character.");
    }

    const std::size_t max_depth_;
    std::vector<std::set<std::string>> names_;  // of each open object; empty for an array
    const char* fault_ = nullptr;
};

}  // namespace

base::Status parse_strict_json(std::string_view text, const JsonLimits& limits, json& out) {
    out = nullptr;
    if (text.size() > limits.size)
        return base::Error{base::ErrorKind::kTooLarge, "json_too_large", "The JSON text is too large."};
    if (text.starts_with("\xEF\xBB\xBF")) return invalid("The JSON text begins with a byte order mark.");
    // The parser takes a NUL for the end of the text, and would not see what stands behind it.
    if (text.find('\0') != std::string_view::npos) return invalid("The text is not JSON.");
    Checker checker(limits.depth);
    if (!json::sax_parse(text, &checker))
        return invalid(checker.fault() != nullptr ? checker.fault() : "The text is not JSON.");
    out = json::parse(text, nullptr, false);
    if (out.is_discarded()) {  // a number beyond a double's range
        out = nullptr;
        return invalid("The text is not JSON.");
    }
    return {};
}

std::string pointer_token(std::string_view token) {
    std::string out;
    for (const char c : token) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

}  // namespace mortise::tenancy
