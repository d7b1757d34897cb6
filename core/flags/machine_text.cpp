// Text and lists: `in`, `cat`, `substr` and `merge`.
#include "core/base/text.hpp"
#include "core/flags/machine.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace mortise::flags {
namespace {

// The byte at which the code point of that number begins.
std::size_t offset_of(std::string_view text, std::size_t code_point) noexcept {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
        if (code_point-- == 0) break;
    }
    return at;
}

// A range of JavaScript's substr, in code points; a negative length leaves so many out at the end.
std::string_view substring(std::string_view text, double from, std::optional<double> length) noexcept {
    const auto size = static_cast<double>(base::utf8_length(text));
    from = std::trunc(from);
    const double begin = from < 0 ? std::max(size + from, 0.0) : std::min(from, size);
    double end = size;
    if (length && *length < 0) end = size + std::trunc(*length);
    if (length && *length >= 0) end = std::min(size, begin + std::trunc(*length));
    if (end <= begin) return text.substr(0, 0);
    const auto first = offset_of(text, static_cast<std::size_t>(begin));
    const auto rest = text.substr(first);
    return rest.substr(0, offset_of(rest, static_cast<std::size_t>(end - begin)));
}

}  // namespace

bool Machine::text_of(const Value& value, std::string_view& out) noexcept {
    const auto text = to_text(value, scratch_);
    if (!text) return fail(RuleFault::kTooLarge);
    out = *text;
    return spend_on_text(out.size());
}

bool Machine::run_in(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> given;
    if (!arguments(node, frame, given)) return false;
    const Value item = given.empty() ? Value::null() : given[0];
    const Value where = given.size() < 2 ? Value::null() : given[1];
    if (where.is_array()) {
        const auto items = where.items();
        if (!spend(items.size() / 4)) return false;
        out = Value::boolean(std::any_of(items.begin(), items.end(), [&](const Value& candidate) {
            return strictly_equal(candidate, item);
        }));
        return true;
    }
    if (where.is_string() && !where.text().empty()) {
        std::string_view text;
        if (!text_of(item, text) || !spend_on_text(where.text().size())) return false;
        // memmem, since its time is linear for hostile text as well.
        const auto found = ::memmem(where.text().data(), where.text().size(), text.data(), text.size());
        out = Value::boolean(found != nullptr);
        return true;
    }
    if (truthy(where)) return fail(RuleFault::kInvalidArguments);
    out = Value::boolean(false);
    return true;
}

// Null adds nothing.
bool Machine::run_cat(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> given;
    if (!arguments(node, frame, given) || !spend(given.size())) return false;
    auto* const parts = scratch_.allocate<std::string_view>(given.size());
    if (parts == nullptr) return fail(RuleFault::kTooLarge);
    std::size_t size = 0, count = 0;
    for (const auto& value : given) {
        if (value.is_null()) continue;
        if (!text_of(value, parts[count] = {})) return false;
        size += parts[count++].size();
    }
    char* const text = scratch_.allocate<char>(size);
    if (text == nullptr) return fail(RuleFault::kTooLarge);
    char* end = text;
    for (std::size_t i = 0; i < count; ++i) {
        if (parts[i].empty()) continue;
        std::memcpy(end, parts[i].data(), parts[i].size());
        end += parts[i].size();
    }
    out = Value::string({text, size});
    return true;
}

bool Machine::run_substr(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> given;
    if (!arguments(node, frame, given)) return false;
    if (given.empty() || !given[0].is_string()) return fail(RuleFault::kInvalidArguments);
    double from = 0, length = 0;
    if (given.size() > 1 && !number_of(given[1], from)) return false;
    if (given.size() > 2 && !number_of(given[2], length)) return false;
    if (!spend_on_text(given[0].text().size())) return false;
    out = Value::string(
        substring(given[0].text(), from, given.size() > 2 ? std::optional(length) : std::nullopt));
    return true;
}

bool Machine::run_merge(const Node& node, const Frame& frame, Value& out) noexcept {
    std::span<const Value> given;
    if (!arguments(node, frame, given)) return false;
    std::size_t size = 0;
    for (const auto& value : given)
        size += value.is_array() ? value.items().size() : 1;
    auto* const items = scratch_.allocate<Value>(size);
    if (items == nullptr) return fail(RuleFault::kTooLarge);
    if (!spend(size / 4)) return false;
    auto* end = items;
    for (const auto& value : given) {
        if (value.is_array())
            end = std::copy(value.items().begin(), value.items().end(), end);
        else
            *end++ = value;
    }
    out = Value::array({items, size});
    return true;
}

}  // namespace mortise::flags
