#include "tables/json_object.hpp"

#include <algorithm>
#include <utility>

namespace rules::tables {
namespace {

// RFC 6901, section 3.
std::string escaped(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == '~')
            text += "~0";
        else if (c == '/')
            text += "~1";
        else
            text += c;
    }
    return text;
}

}  // namespace

JsonObject::JsonObject(const feel::Value& value, std::string pointer,
                       std::initializer_list<std::string_view> known, Faults& faults)
    : value_(value), pointer_(std::move(pointer)), faults_(faults) {
    if (!value.is_context()) {
        faults_.add(pointer_, "wrong_type", "Must be a JSON object.");
        return;
    }
    const feel::Context& members = value.as_context();
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (std::find(known.begin(), known.end(), members.name(i)) != known.end()) continue;
        std::string names;
        for (const std::string_view name : known)
            names.append(names.empty() ? "" : ", ").append(name);
        fault(members.name(i), "unknown_member", "Only these are known here: " + names + ".");
    }
}

const feel::Value* JsonObject::find(std::string_view member) const {
    return value_.is_context() ? value_.as_context().find(member) : nullptr;
}

std::string JsonObject::text(std::string_view member) const {
    const feel::Value* value = find(member);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->as_string());
    fault(member, "wrong_type", "Must be a text.");
    return {};
}

std::string JsonObject::required_text(std::string_view member) const {
    const feel::Value* value = find(member);
    const bool missing = value == nullptr || (value->is_string() && value->as_string().empty());
    if (missing && value_.is_context()) fault(member, "required", "Must be given.");
    return text(member);
}

std::span<const feel::Value> JsonObject::items(std::string_view member) const {
    const feel::Value* value = find(member);
    if (value == nullptr) return {};
    if (value->is_list()) return value->as_list();
    fault(member, "wrong_type", "Must be a JSON array.");
    return {};
}

std::span<const feel::Value> JsonObject::required_items(std::string_view member) const {
    const feel::Value* value = find(member);
    const bool missing = value == nullptr || (value->is_list() && value->as_list().empty());
    if (missing && value_.is_context()) fault(member, "required", "Must have at least one item.");
    return items(member);
}

std::string JsonObject::pointer(std::string_view member) const {
    return pointer_ + '/' + escaped(member);
}

void JsonObject::fault(std::string_view member, std::string code, std::string reason) const {
    faults_.add(pointer(member), std::move(code), std::move(reason));
}

}  // namespace rules::tables
