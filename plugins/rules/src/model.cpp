#include "model.hpp"

#include <algorithm>

namespace rules {
namespace {

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_key(std::string_view text, std::size_t most) {
    return !text.empty() && text.size() <= most && is_lower_or_digit(text.front()) &&
           std::ranges::all_of(
               text, [](char c) { return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

std::string_view name_of(Layer layer) noexcept {
    return layer == Layer::kShared ? "shared" : "own";
}

std::string_view name_of(Status status) noexcept {
    return status == Status::kDraft ? "draft" : "published";
}

std::optional<std::string> check_key(std::string_view key) {
    if (is_key(key, kMaxKey)) return std::nullopt;
    return "Must be 1 to 64 of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit.";
}

std::optional<std::string> check_tag(std::string_view tag) {
    return check_key(tag);  // never has the comma that joins tags
}

std::string make_key(std::string_view name) {
    std::string key;
    for (char c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (is_lower_or_digit(c))
            key += c;
        else if (!key.empty() && key.back() != '-')
            key += '-';
        if (key.size() == kMaxKey) break;
    }
    while (!key.empty() && key.back() == '-')
        key.pop_back();
    return key.empty() ? "model" : key;
}

std::string join_tags(const std::vector<std::string>& tags) {
    std::string joined = ",";
    for (const std::string& tag : tags)
        joined.append(tag).append(",");
    return joined;
}

std::vector<std::string> split_tags(std::string_view joined) {
    std::vector<std::string> tags;
    if (!joined.empty()) joined.remove_prefix(1);
    while (!joined.empty()) {
        const std::size_t end = std::min(joined.find(','), joined.size());
        tags.emplace_back(joined.substr(0, end));
        joined.remove_prefix(std::min(end + 1, joined.size()));
    }
    return tags;
}

std::string etag_of(const ModelRecord& model) {
    return '"' + std::to_string(model.revision) + '"';
}

}  // namespace rules
