#include "core/flags/segment.hpp"

#include "core/base/text.hpp"
#include "core/flags/definition.hpp"
#include "core/tenancy/strict_json.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxSegmentName = 256;
constexpr std::size_t kMaxSegmentDescription = 4096;
constexpr std::size_t kMaxSegmentKey = 256;  // as an override's targeting key
constexpr std::array<std::string_view, 5> kSegmentMembers{"name", "description", "included", "excluded",
                                                          "rule"};

base::Error invalid_segment(std::vector<base::FieldError> faults) {
    auto error = invalid_flag(std::move(faults));
    error.code = "invalid_flag_segment";
    error.detail = "The segment has faults that must be mended.";
    return error;
}

// Collects what is wrong with one segment.
class SegmentReader {
 public:
    SegmentReader(const json& given, const RuleSet& set, std::string_view key)
        : given_(given), set_(set), key_(key) {}

    base::Result<SegmentDefinition> read() {
        if (!given_.is_object())
            return invalid_segment({{"", "invalid_type", "A segment is a JSON object."}});
        check_members();
        text("name", kMaxSegmentName);
        text("description", kMaxSegmentDescription);
        const auto included = keys("included");
        const auto excluded = keys("excluded");
        check_keys(included, excluded);
        if (const auto rule = given_.find("rule"); rule != given_.end() && !rule->is_null()) read_rule(*rule);
        if (!faults_.empty()) return invalid_segment(std::move(faults_));
        read_.rule.included = std::make_shared<const KeyList>(included);
        read_.rule.excluded = std::make_shared<const KeyList>(excluded);
        read_.json = whole_.dump();
        return std::move(read_);
    }

 private:
    void add(std::string pointer, std::string code, std::string detail) {
        faults_.push_back({std::move(pointer), std::move(code), std::move(detail)});
    }

    void check_members() {
        for (const auto& [name, value] : given_.items())
            if (std::find(kSegmentMembers.begin(), kSegmentMembers.end(), name) == kSegmentMembers.end())
                add("/" + tenancy::pointer_token(name), "unknown_member",
                    "A segment has name, description, included, excluded and rule, nothing else.");
    }

    void text(const char* name, std::size_t limit) {
        const auto found = given_.find(name);
        whole_[name] = "";
        if (found == given_.end()) return;
        if (!found->is_string() || found->get_ref<const std::string&>().size() > limit)
            return add(std::string("/") + name, "invalid_text",
                       "This is a text of at most " + std::to_string(limit) + " bytes.");
        whole_[name] = *found;
    }

    std::vector<std::string> keys(const char* name) {
        std::vector<std::string> keys;
        whole_[name] = json::array();
        const auto found = given_.find(name);
        if (found == given_.end()) return keys;
        const std::string at = std::string("/") + name;
        if (!found->is_array() || found->size() > kMaxSegmentKeys) {
            add(at, "invalid_keys", "These are at most 10000 targeting keys.");
            return keys;
        }
        for (std::size_t i = 0; i < found->size(); ++i) {
            const auto& key = (*found)[i];
            if (key.is_string() && !key.get_ref<const std::string&>().empty() &&
                key.get_ref<const std::string&>().size() <= kMaxSegmentKey)
                keys.push_back(key.get<std::string>());
            else
                add(at + "/" + std::to_string(i), "invalid_targeting_key",
                    "A targeting key has 1 to 256 bytes.");
        }
        whole_[name] = *found;
        return keys;
    }

    void check_keys(const std::vector<std::string>& included, const std::vector<std::string>& excluded) {
        if (included.size() + excluded.size() > kMaxSegmentKeys)
            add("/excluded", "too_many", "A segment has at most 10000 keys, both lists together.");
        std::set<std::string_view> seen;
        for (std::size_t i = 0; i < included.size(); ++i)
            if (!seen.insert(included[i]).second)
                add("/included/" + std::to_string(i), "repeated_key", "The segment has this key already.");
        for (std::size_t i = 0; i < excluded.size(); ++i)
            if (!seen.insert(excluded[i]).second)
                add("/excluded/" + std::to_string(i), "repeated_key", "The segment has this key already.");
    }

    // As a rule that stands in the segment's place, so that one which leads back to it is found.
    void read_rule(const json& rule) {
        RuleFindings findings;
        if (!rule.is_object() || rule.empty())
            return add("/rule", "invalid_rule", "A rule is an object with one member, its operation.");
        check_targeting(rule, Strictness::kSchema, "/rule", findings);
        if (findings.faults.empty()) findings = compile_segment_rule(rule, set_, key_, "/rule").findings;
        std::move(findings.faults.begin(), findings.faults.end(), std::back_inserter(faults_));
        read_.rule.rule = std::make_shared<const json>(rule);
        whole_["rule"] = rule;
    }

    const json& given_;
    const RuleSet& set_;
    const std::string_view key_;
    std::vector<base::FieldError> faults_;
    SegmentDefinition read_;
    nlohmann::ordered_json whole_;
};

std::vector<std::string> stored_keys(const json& segment, const char* name) {
    const auto found = segment.find(name);
    return found == segment.end() ? std::vector<std::string>() : found->get<std::vector<std::string>>();
}

}  // namespace

bool is_segment_key(std::string_view key) noexcept {
    return !key.empty() && key.size() <= 128 && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    });
}

base::Result<SegmentDefinition> parse_segment(std::string_view text, std::string_view key,
                                              const RuleSet& set) {
    json given;
    MORTISE_TRY(
        tenancy::parse_strict_json(text, {.size = kMaxSegmentSize, .depth = kMaxRuleJsonDepth}, given));
    return SegmentReader(given, set, key).read();
}

base::Result<SegmentRule> read_stored_segment(std::string_view text) {
    const auto stored = json::parse(text, nullptr, false);
    if (!stored.is_object()) return base::internal_error("a stored segment is no JSON object");
    SegmentRule rule;
    try {
        rule.included = std::make_shared<const KeyList>(stored_keys(stored, "included"));
        rule.excluded = std::make_shared<const KeyList>(stored_keys(stored, "excluded"));
    } catch (const json::exception&) {
        return base::internal_error("a stored segment has keys that are no texts");
    }
    if (const auto found = stored.find("rule"); found != stored.end())
        rule.rule = std::make_shared<const json>(*found);
    return rule;
}

}  // namespace mortise::flags
