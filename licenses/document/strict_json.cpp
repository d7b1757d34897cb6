#include "licenses/document/strict_json.hpp"

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::licenses {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 8;

// Builds the document from the parser's events and stops at the first thing that is too lenient.
class StrictBuilder final : public nlohmann::json_sax<json> {
 public:
    // `stream` may be null.
    explicit StrictBuilder(const ListStream* stream) : stream_(stream) {}

    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(value); }
    bool number_unsigned(number_unsigned_t value) override { return put(value); }
    bool number_float(number_float_t value, const string_t&) override { return put(value); }
    bool string(string_t& value) override { return no_nul(value) && put(std::move(value)); }
    bool binary(binary_t&) override { return fail("binary values are not JSON"); }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        if (!no_nul(name)) return false;
        auto [member, added] = open_.back()->get_ref<json::object_t&>().emplace(name, nullptr);
        if (!added) return fail("a key stands twice in one object");
        member_ = &member->second;
        if (stream_ != nullptr && open_.size() == 1 && name == stream_->list) streamed_ = member_;
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return fail("it does not parse as UTF-8 JSON");
    }

    json root;
    std::string why;

 private:
    // Where the next value goes: a fresh root, the member named by the last key, or the end of the array.
    json* place(json value) {
        if (open_.empty()) {
            root = std::move(value);
            return &root;
        }
        if (open_.back()->is_array()) {
            open_.back()->push_back(std::move(value));
            return &open_.back()->back();
        }
        *member_ = std::move(value);
        return member_;
    }

    bool put(json value) {
        if (!count_value()) return false;
        place(std::move(value));
        return take_item();
    }

    bool open(json container) {
        if (open_.size() == kMaxDepth) return fail("it is nested more than 8 deep");
        if (!count_value()) return false;
        open_.push_back(place(std::move(container)));
        return true;
    }

    bool close() {
        open_.pop_back();
        return take_item();
    }

    bool in_stream() const { return streamed_ != nullptr && open_.size() >= 2 && open_[1] == streamed_; }

    bool count_value() {
        return !in_stream() || ++values_ <= stream_->max_values || fail("an item of a list is too large");
    }

    // Hands on the item that has just become complete, if it is one of the streamed list.
    bool take_item() {
        if (!in_stream() || open_.size() != 2 || !streamed_->is_array()) return true;
        values_ = 0;
        if (++items_ > stream_->max_items) return fail("a list is too long");
        const bool taken = stream_->take(streamed_->back());
        streamed_->get_ref<json::array_t&>().pop_back();
        return taken || fail("an item of a list is wrong");
    }

    bool no_nul(const std::string& text) {
        return text.find('\0') == std::string::npos || fail("a text holds a NUL character");
    }

    bool fail(const char* reason) {
        if (why.empty()) why = reason;
        return false;
    }

    const ListStream* stream_;
    std::vector<json*> open_;
    json* member_ = nullptr;
    json* streamed_ = nullptr;
    std::size_t items_ = 0, values_ = 0;
};

Result<json> parse(std::string_view text, const ListStream* stream) {
    const auto refuse = [](const std::string& why) {
        return Refusal{RefusalCode::kMalformedJson,
                       "The document's content is not strict JSON: " + why + "."};
    };
    // The parser would skip a byte-order mark, and take a raw NUL for the end of the text.
    if (text.empty() || text.front() != '{') return refuse("it must begin with {");
    if (text.find('\0') != std::string_view::npos) return refuse("it holds a NUL character");
    StrictBuilder builder(stream);
    if (!json::sax_parse(text.begin(), text.end(), &builder)) return refuse(builder.why);
    return std::move(builder.root);
}

}  // namespace

Result<json> parse_strict_json(std::string_view text) {
    return parse(text, nullptr);
}

Result<json> parse_strict_json(std::string_view text, const ListStream& stream) {
    return parse(text, &stream);
}

}  // namespace mortise::licenses
