#include "core/app/flag_diff.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::app {
namespace {

using Json = nlohmann::json;

base::Error invalid_document(std::string pointer, std::string detail) {
    return {base::ErrorKind::kInvalid,
            "invalid_document",
            "This is no flagd document.",
            {},
            {{std::move(pointer), "invalid_document", std::move(detail)}}};
}

// The members of an object, or nothing.
Json member(const Json& document, const char* name) {
    const auto found = document.find(name);
    return found == document.end() ? Json::object() : *found;
}

std::vector<std::string> changed_pointers(const Json& before, const Json& after) {
    std::set<std::string> pointers;
    for (const auto& step : Json::diff(before, after))
        pointers.insert(step.at("path").get<std::string>());
    return {pointers.begin(), pointers.end()};
}

// What all flags share, as it would be after an import: evaluators are put in by name, the rest is replaced.
Json wanted_set(const Json& present, const Json& wanted, bool whole) {
    Json set{{"fractional", "v2"}, {"metadata", Json::object()}, {"$evaluators", Json::object()}};
    for (const auto* const from : {whole ? nullptr : &present, &wanted}) {
        if (from == nullptr) continue;
        for (const auto* const name : {"fractional", "metadata"})
            if (from->contains(name)) set[name] = from->at(name);
        set["$evaluators"].update(member(*from, "$evaluators"));
    }
    return set;
}

Json present_set(const Json& present) {
    return wanted_set(Json::object(), present, true);
}

}  // namespace

base::Result<Json> normal_document(Json document) {
    if (!document.is_object() || !document.contains("flags"))
        return invalid_document("", "A flagd document is a JSON object with flags.");
    document.erase("$schema");
    Json& flags = document["flags"];
    if (flags.is_array()) {
        Json by_key = Json::object();
        for (std::size_t i = 0; i < flags.size(); ++i) {
            Json& flag = flags[i];
            const std::string at = fmt::format("/flags/{}", i);
            if (!flag.is_object() || !flag.contains("key") || !flag["key"].is_string())
                return invalid_document(at, "A flag in a list has a key.");
            const auto key = flag["key"].get<std::string>();
            flag.erase("key");
            if (!by_key.emplace(key, std::move(flag)).second)
                return invalid_document(at + "/key", fmt::format("Two flags have the key {}.", key));
        }
        flags = std::move(by_key);
    }
    for (const auto* const name : {"flags", "metadata", "$evaluators"})
        if (document.contains(name) && !document[name].is_object())
            return invalid_document(fmt::format("/{}", name), "This member is no object.");
    return document;
}

std::vector<FlagDifference> flag_differences(const Json& present, const Json& wanted, bool whole) {
    std::vector<FlagDifference> all;
    const Json before = member(present, "flags"), after = member(wanted, "flags");
    for (const auto& [key, flag] : after.items()) {
        const auto found = before.find(key);
        if (found == before.end())
            all.push_back({FlagDifferenceKind::kCreated, key, {}});
        else if (*found != flag)
            all.push_back({FlagDifferenceKind::kUpdated, key, changed_pointers(*found, flag)});
    }
    if (whole)
        for (const auto& [key, flag] : before.items())
            if (!after.contains(key)) all.push_back({FlagDifferenceKind::kDeleted, key, {}});
    const Json set = present_set(present), next = wanted_set(present, wanted, whole);
    if (set != next) all.push_back({FlagDifferenceKind::kUpdated, "", changed_pointers(set, next)});
    return all;
}

nlohmann::ordered_json planned_changes(const Json& present, const Json& wanted, bool whole) {
    auto changes = nlohmann::ordered_json::array();
    for (const auto& difference : flag_differences(present, wanted, whole)) {
        if (difference.key.empty())
            changes.push_back({{"op", "put_flag_set"}, {"definition", wanted_set(present, wanted, whole)}});
        else if (difference.kind == FlagDifferenceKind::kDeleted)
            changes.push_back({{"op", "delete_flag"}, {"key", difference.key}});
        else
            changes.push_back({{"op", "put_flag"},
                               {"key", difference.key},
                               {"definition", wanted.at("flags").at(difference.key)}});
    }
    return changes;
}

std::string document_pointer(const nlohmann::ordered_json& changes, const std::string& pointer) {
    constexpr std::string_view kChanges = "/changes/", kDefinition = "/definition";
    if (!pointer.starts_with(kChanges)) return pointer;
    const auto end = std::min(pointer.find('/', kChanges.size()), pointer.size());
    const auto index =
        base::parse_u64(std::string_view(pointer).substr(kChanges.size(), end - kChanges.size()));
    if (!index || *index >= changes.size()) return pointer;
    std::string inside = pointer.substr(end);
    if (inside.starts_with(kDefinition)) inside.erase(0, kDefinition.size());
    const auto& change = changes[*index];
    if (!change.contains("key")) return inside;
    return (nlohmann::json::json_pointer("/flags") / change.at("key").get<std::string>()).to_string() +
           inside;
}

}  // namespace mortise::app
