#include "core/flags/unleash.hpp"

#include "core/base/text.hpp"
#include "core/flags/numbers.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxName = 1024;  // bytes
constexpr std::string_view kUserId = "userId";
constexpr std::string_view kPropertyPrefix = "properties[";

Error invalid(std::string code, std::string detail) {
    return {ErrorKind::kInvalid, std::move(code), std::move(detail)};
}

Error invalid_context(std::string detail) {
    return invalid("invalid_context", std::move(detail));
}

json parse_object(std::string_view body) {
    json parsed = json::parse(body, nullptr, false);
    return parsed.is_object() ? parsed : json();
}

// Fields stand before properties of the same name; both are texts to Unleash.
class ContextReader {
 public:
    base::Status add(std::string name, std::string value, bool property) {
        if (name.empty() || name.size() > kMaxName || value.size() > kMaxName)
            return invalid_context(
                "A field of the context has a name of 1 to 1024 bytes and at most as long a value.");
        if (entries_.size() == kMaxUnleashAttributes)
            return invalid_context("A context has at most 256 fields and properties.");
        entries_.push_back({std::move(name), std::move(value), property});
        return {};
    }

    UnleashContext take() {
        std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
            return a.name != b.name ? a.name < b.name : a.property < b.property;
        });
        UnleashContext context;
        for (Entry& entry : entries_) {
            if (!context.attributes.empty() && context.attributes.back().first == entry.name) continue;
            if (entry.name == kUserId) context.targeting_key = entry.value;
            context.attributes.emplace_back(std::move(entry.name), std::move(entry.value));
        }
        return context;
    }

 private:
    struct Entry {
        std::string name;
        std::string value;
        bool property;
    };
    std::vector<Entry> entries_;
};

// As JavaScript's String() writes it, which is what a client of Unleash compares; nothing for what is no
// value.
std::optional<std::string> text_of(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.dump();
    if (!value.is_number()) return std::nullopt;
    NumberBuffer buffer;
    return std::string(number_to_text(value.get<double>(), buffer));
}

base::Status add_members(ContextReader& reader, const json& members, bool properties) {
    for (const auto& [name, value] : members.items()) {
        if (!properties && name == "properties" && value.is_object()) {
            MORTISE_TRY(add_members(reader, value, true));
            continue;
        }
        if (value.is_null()) continue;
        auto text = text_of(value);
        if (!text) return invalid_context("The fields of the context are texts, numbers or booleans.");
        MORTISE_TRY(reader.add(name, *std::move(text), properties));
    }
    return {};
}

// Unleash's variants carry texts; what kind of text is beside it.
Json payload_of(std::string_view value) {
    if (value.front() == '"') return {{"type", "string"}, {"value", json::parse(value).get<std::string>()}};
    if (value.front() == '{') return {{"type", "json"}, {"value", value}};
    return {{"type", "number"}, {"value", value}};
}

std::optional<std::uint64_t> count_of(const json& value) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMaxUnleashCount) return std::nullopt;
    return value.get<std::uint64_t>();
}

std::optional<std::uint64_t> count_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? std::uint64_t{0} : count_of(*found);
}

base::Status read_toggle(const std::string& name, const json& toggle, std::vector<UnleashCount>& counts) {
    const auto wrong = [] {
        return invalid("invalid_metrics", "Each toggle has yes, no and variants, which are counts.");
    };
    if (!toggle.is_object() || name.empty() || name.size() > kMaxName) return wrong();
    const auto yes = count_of(toggle, "yes");
    const auto no = count_of(toggle, "no");
    if (!yes || !no) return wrong();
    counts.push_back({name, "", *yes, *no});
    const auto variants = toggle.find("variants");
    if (variants == toggle.end()) return {};
    if (!variants->is_object()) return wrong();
    for (const auto& [variant, value] : variants->items()) {
        const auto count = count_of(value);
        if (!count || variant.empty() || variant.size() > kMaxName) return wrong();
        counts.push_back({name, variant, *count, 0});
    }
    if (counts.size() > kMaxUnleashCounts)
        return invalid("invalid_metrics", "A report has at most 20000 counts.");
    return {};
}

}  // namespace

base::Result<UnleashContext> unleash_context(std::span<const std::pair<std::string, std::string>> query) {
    ContextReader reader;
    for (const auto& [name, value] : query) {
        const bool property = name.starts_with(kPropertyPrefix) && name.ends_with(']');
        MORTISE_TRY(reader.add(
            property ? name.substr(kPropertyPrefix.size(), name.size() - kPropertyPrefix.size() - 1) : name,
            value, property));
    }
    return reader.take();
}

base::Result<UnleashContext> unleash_context(std::string_view body) {
    const json request = parse_object(body);
    const auto context = request.find("context");
    if (context == request.end() || !context->is_object())
        return invalid_context("The request has no object \"context\".");
    ContextReader reader;
    MORTISE_TRY(add_members(reader, *context, false));
    return reader.take();
}

std::string unleash_toggles(const FlagSet& flags, const Subject& subject) {
    Json toggles = Json::array();
    flags.evaluate_all(subject, [&](const Evaluation& evaluation) {
        if (evaluation.error != ErrorCode::kNone || evaluation.value.empty() || evaluation.value == "false")
            return;
        Json variant = {{"name", "disabled"}, {"enabled", false}, {"feature_enabled", true}};
        if (evaluation.value != "true")
            variant = {{"name", evaluation.variant},
                       {"enabled", true},
                       {"payload", payload_of(evaluation.value)},
                       {"feature_enabled", true}};
        toggles.push_back({{"name", evaluation.key},
                           {"enabled", true},
                           {"variant", std::move(variant)},
                           {"impressionData", false}});
    });
    return Json{{"toggles", std::move(toggles)}}.dump();
}

base::Result<std::vector<UnleashCount>> unleash_counts(std::string_view body) {
    const json report = parse_object(body);
    const auto bucket = report.find("bucket");
    if (!report.contains("appName") || !report["appName"].is_string() || bucket == report.end() ||
        !bucket->is_object() || !bucket->contains("toggles") || !(*bucket)["toggles"].is_object())
        return invalid("invalid_metrics", "A report has appName, and a bucket with toggles.");
    std::vector<UnleashCount> counts;
    for (const auto& [name, toggle] : (*bucket)["toggles"].items())
        MORTISE_TRY(read_toggle(name, toggle, counts));
    return counts;
}

std::vector<UnleashUse> unleash_uses(const FlagSet& flags, const Subject& subject,
                                     std::span<const UnleashCount> counts) {
    std::vector<UnleashUse> uses;
    for (const auto& count : counts) {
        const auto* const flag = flags.part(subject, count.flag, 0).flag;
        if (flag == nullptr || flag->variants().empty()) continue;
        const auto use = [&](auto is_it, std::uint64_t number) {
            const auto variants = flag->variants();
            const auto found = std::find_if(variants.begin(), variants.end(), is_it);
            if (number > 0 && found != variants.end())
                uses.push_back({count.flag, std::string(found->name), number});
        };
        const auto first = flag->variants().front().value();
        const bool boolean = first == "true" || first == "false";
        if (boolean && count.variant.empty()) {
            use([](const auto& variant) { return variant.value() == "true"; }, count.yes);
            use([](const auto& variant) { return variant.value() == "false"; }, count.no);
        } else if (!boolean && !count.variant.empty()) {
            use([&](const auto& variant) { return variant.name == count.variant; }, count.yes);
        }
    }
    return uses;
}

base::Status check_unleash_registration(std::string_view body) {
    const json registration = parse_object(body);
    const auto name = registration.find("appName");
    if (name != registration.end() && name->is_string() && !name->get_ref<const std::string&>().empty())
        return {};
    return invalid("invalid_registration", "A registration has an appName.");
}

}  // namespace mortise::flags
