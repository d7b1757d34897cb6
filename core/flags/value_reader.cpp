#include "core/flags/value_reader.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

// Builds values from the leaves up: what a container holds waits on a stack until it ends.
class ValueBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
    ValueBuilder(std::size_t max_depth, Arena& arena) : max_depth_(max_depth), arena_(arena) {}

    const char* fault() const noexcept { return fault_; }
    bool too_large() const noexcept { return too_large_; }
    Value result() const noexcept { return waiting_.back().value; }

    bool null() override { return put(Value::null()); }
    bool boolean(bool value) override { return put(Value::boolean(value)); }
    bool number_integer(number_integer_t value) override {
        return put(Value::number(static_cast<double>(value)));
    }
    bool number_unsigned(number_unsigned_t value) override {
        return put(Value::number(static_cast<double>(value)));
    }
    bool number_float(number_float_t value, const string_t&) override {
        return std::isfinite(value) ? put(Value::number(value)) : fail("A number is too large.");
    }
    bool string(string_t& text) override {
        std::string_view kept;
        return copy(text, kept) && put(Value::string(kept));
    }
    bool binary(binary_t&) override { return fail("The text is not JSON."); }
    bool key(string_t& name) override { return copy(name, name_); }

    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override {
        const auto held = close();
        auto* const items = arena_.allocate<Value>(held.size());
        if (items == nullptr) return overflow();
        std::transform(held.begin(), held.end(), items, [](const Member& member) { return member.value; });
        return replace(Value::array({items, held.size()}));
    }
    bool end_object() override {
        const auto held = close();
        std::sort(held.begin(), held.end(), [](const Member& a, const Member& b) { return a.name < b.name; });
        const auto twice = std::adjacent_find(
            held.begin(), held.end(), [](const Member& a, const Member& b) { return a.name == b.name; });
        if (twice != held.end()) return fail("A member of a JSON object stands there twice.");
        auto* const members = arena_.allocate<Member>(held.size());
        if (members == nullptr) return overflow();
        std::copy(held.begin(), held.end(), members);
        return replace(Value::object({members, held.size()}));
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return fail("The text is not JSON.");
    }

 private:
    struct Open {
        std::size_t first;      // of waiting_
        std::string_view name;  // under which the container itself will stand
    };

    bool fail(const char* fault) {
        fault_ = fault;
        return false;
    }
    bool overflow() {
        too_large_ = true;
        return false;
    }
    bool copy(const std::string& text, std::string_view& kept) {
        if (text.find('\0') != std::string::npos) return fail("A JSON string has a NUL character.");
        kept = arena_.copy(text);
        return kept.data() != nullptr || overflow();
    }
    bool put(const Value& value) {
        waiting_.push_back({name_, value});
        return true;
    }
    bool open() {
        open_.push_back({waiting_.size(), name_});
        return open_.size() <= max_depth_ || fail("The JSON text is nested too deeply.");
    }
    std::span<Member> close() { return std::span(waiting_).subspan(open_.back().first); }
    bool replace(const Value& container) {
        waiting_.resize(open_.back().first);
        name_ = open_.back().name;
        open_.pop_back();
        return put(container);
    }

    const std::size_t max_depth_;
    Arena& arena_;
    std::vector<Member> waiting_;
    std::vector<Open> open_;
    std::string_view name_;
    const char* fault_ = nullptr;
    bool too_large_ = false;
};

base::Error not_json(const char* detail) {
    return {base::ErrorKind::kInvalid, "invalid_json", detail};
}

base::Error too_much_json() {
    return {base::ErrorKind::kTooLarge, "json_too_large", "The JSON text is too large."};
}

}  // namespace

base::Result<Value> read_value(std::string_view text, const ReaderLimits& limits, Arena& arena) {
    if (text.size() > limits.size) return too_much_json();
    if (text.starts_with("\xEF\xBB\xBF")) return not_json("The JSON text begins with a byte order mark.");
    // The parser takes a NUL for the end of the text, and would not see what stands behind it.
    if (text.find('\0') != std::string_view::npos) return not_json("The text is not JSON.");
    ValueBuilder builder(limits.depth, arena);
    if (nlohmann::json::sax_parse(text, &builder)) return builder.result();
    if (builder.too_large()) return too_much_json();
    return not_json(builder.fault() != nullptr ? builder.fault() : "The text is not JSON.");
}

}  // namespace mortise::flags
