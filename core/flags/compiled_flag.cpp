#include "core/flags/compiled_flag.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/flags/coercion.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace mortise::flags {
namespace {

constexpr std::size_t kFew = 8;  // so many names are compared one by one sooner than searched

// The members of an answer that say a variant; `value_size` is of the value at their end.
std::string answer_members(const flags::Variant& variant) {
    std::string members = "\"variant\":\"";
    base::append_json_escaped(members, variant.name);
    members += "\",\"value\":";
    members += variant.value;
    return members;
}

// Whether a definition's meaning may depend on its set.
bool refers_to_set(std::string_view definition) noexcept {
    return definition.find("\"$ref\"") != std::string_view::npos ||
           definition.find("\"fractional\"") != std::string_view::npos;
}

FlagDigest digest_of(std::string_view key, std::string_view definition, const std::string* rules) {
    crypto::Hasher hasher(crypto::HashAlgorithm::kBlake2b256);
    for (const std::string_view part : {key, definition, rules == nullptr ? "" : std::string_view(*rules)}) {
        const std::uint64_t size = part.size();
        hasher.update({reinterpret_cast<const char*>(&size), sizeof(size)}).update(part);
    }
    const auto whole = hasher.finish();
    FlagDigest digest;
    std::copy_n(whole.begin(), digest.size(), digest.begin());
    return digest;
}

}  // namespace

CompiledFlag::CompiledFlag(std::string_view key, const Definition& definition, std::string_view metadata,
                           std::shared_ptr<const std::string> rules)
    : rules_(refers_to_set(definition.json) ? std::move(rules) : nullptr),
      digest_(digest_of(key, definition.json, rules_.get())),
      rule_(definition.rule),
      enabled_(definition.enabled),
      targeted_(definition.targeted) {
    std::string all(key);
    all += metadata;
    all += definition.json;
    std::vector<std::size_t> ends;
    for (const auto& variant : definition.variants) {
        all += variant.name;
        ends.push_back(all.size());
        all += answer_members(variant);
        ends.push_back(all.size());
    }
    text_ = std::make_unique<char[]>(all.size());
    text_size_ = all.size();
    std::memcpy(text_.get(), all.data(), all.size());
    const std::string_view text(text_.get(), all.size());
    key_ = text.substr(0, key.size());
    metadata_ = text.substr(key.size(), metadata.size());
    definition_ = text.substr(key.size() + metadata.size(), definition.json.size());
    std::size_t at = key.size() + metadata.size() + definition.json.size();
    for (std::size_t i = 0; i < definition.variants.size(); ++i) {
        const auto name = text.substr(at, ends[2 * i] - at);
        const auto members = text.substr(ends[2 * i], ends[2 * i + 1] - ends[2 * i]);
        variants_.push_back({name, members, static_cast<std::uint32_t>(definition.variants[i].value.size())});
        at = ends[2 * i + 1];
    }
    variants_.shrink_to_fit();
    default_variant_ = static_cast<std::uint32_t>(definition.default_variant.value_or(variants_.size()));
}

const CompiledFlag::Variant* CompiledFlag::find(std::string_view name) const noexcept {
    if (variants_.size() <= kFew) {
        for (const auto& variant : variants_)
            if (variant.name == name) return &variant;
        return nullptr;
    }
    const auto found =
        std::lower_bound(variants_.begin(), variants_.end(), name,
                         [](const Variant& a, std::string_view wanted) { return a.name < wanted; });
    return found == variants_.end() || found->name != name ? nullptr : &*found;
}

Evaluation CompiledFlag::answer(Reason reason) const noexcept {
    return {.found = true, .key = key_, .reason = reason, .error = ErrorCode::kNone, .metadata = metadata_};
}

Evaluation CompiledFlag::failure(ErrorCode code, std::string_view detail) const noexcept {
    auto evaluation = answer(Reason::kError);
    evaluation.error = code;
    evaluation.detail = detail;
    return evaluation;
}

Evaluation CompiledFlag::with_variant(const Variant& variant, Reason reason) const noexcept {
    if (!enabled_) return answer(Reason::kDisabled);
    auto evaluation = answer(reason);
    evaluation.variant = variant.name;
    evaluation.value = variant.value();
    evaluation.members = variant.members;
    return evaluation;
}

Evaluation CompiledFlag::by_default(Reason reason) const noexcept {
    if (default_variant_ == variants_.size()) return answer(Reason::kDefault);
    return with_variant(variants_[default_variant_], reason);
}

Evaluation CompiledFlag::evaluate(const RuleInput& input, Arena& scratch) const noexcept {
    if (!enabled_) return answer(Reason::kDisabled);
    if (!targeted_) return by_default(Reason::kStatic);
    if (rule_ == nullptr) return failure(ErrorCode::kParseError, "The flag's rule can't be evaluated.");
    return by_rule(input, scratch);
}

// A boolean that a rule answers names the variant "true" or "false"; a number is named by its text.
Evaluation CompiledFlag::by_rule(const RuleInput& input, Arena& scratch) const noexcept {
    Machine machine(*rule_, input, scratch);
    Value result;
    if (!machine.run(result)) return failure(ErrorCode::kGeneral, to_string(machine.fault()));
    if (result.is_null()) return by_default(Reason::kDefault);
    const auto name = to_text(result, scratch);
    const auto* const variant = name ? find(*name) : nullptr;
    if (variant == nullptr)
        return failure(ErrorCode::kGeneral, "The rule chose a variant that the flag hasn't.");
    return with_variant(*variant, Reason::kTargetingMatch);
}

std::size_t CompiledFlag::bytes() const noexcept {
    return sizeof(CompiledFlag) + text_size_ + variants_.size() * sizeof(Variant) +
           (rule_ == nullptr ? 0 : rule_->bytes());
}

}  // namespace mortise::flags
