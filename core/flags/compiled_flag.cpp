#include "core/flags/compiled_flag.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/flags/bucketing.hpp"
#include "core/flags/coercion.hpp"
#include "core/flags/murmur3.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace mortise::flags {
namespace {

constexpr std::uint64_t kAnswerSteps = 16;  // the time that finding and answering one flag takes
constexpr std::size_t kFew = 8;             // so many names are compared one by one sooner than searched

// The members of an answer that say a variant; `value_size` is of the value at their end.
std::string answer_members(const flags::Variant& variant) {
    std::string members = "\"variant\":\"";
    base::append_json_escaped(members, variant.name);
    members += "\",\"value\":";
    members += variant.value;
    return members;
}

// Whether a definition's meaning may depend on its set; a rollout is hashed as its set says, as well.
bool refers_to_set(std::string_view definition) noexcept {
    for (const std::string_view word : {"\"$ref\"", "\"fractional\"", "\"rollout\""})
        if (definition.find(word) != std::string_view::npos) return true;
    return false;
}

bool is_portable(const Definition& definition, const SetText& set) noexcept {
    // What could not be read has no text, either.
    if (definition.json.empty()) return false;
    return !set.large_segments || definition.json.find("\"$ref\"") == std::string::npos;
}

FlagDigest digest_of(std::string_view key, std::string_view definition, const RulesText* rules) {
    crypto::Hasher hasher(crypto::HashAlgorithm::kBlake2b256);
    for (const std::string_view part :
         {key, definition, rules == nullptr ? std::string_view() : crypto::as_bytes(rules->digest)}) {
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
                           const SetText& set)
    : rules_(refers_to_set(definition.json) ? set.rules : nullptr),
      digest_(digest_of(key, definition.json, rules_.get())),
      portable_(is_portable(definition, set)),
      rule_(definition.rule),
      delivery_(definition.delivery),
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
    off_variant_ = rollout_variant_ = static_cast<std::uint32_t>(variants_.size());
    is_static_ = !targeted_;
    cost_.fixed = kAnswerSteps;
    if (rule_ != nullptr) cost_ += rule_->cost(kMaxSteps);
    if (delivery_ == nullptr) return;
    cost_.fixed += delivery_->prerequisites.size() * kAnswerSteps;
    off_variant_ = number_of(delivery_->off_variant);
    if (!delivery_->rollout.empty()) rollout_variant_ = number_of(delivery_->rollout.front().variant);
    is_static_ = is_static_ && !delivery_->gated() && delivery_->rollout.empty();
}

std::uint32_t CompiledFlag::number_of(std::string_view variant) const noexcept {
    const auto* const found = find(variant);
    return static_cast<std::uint32_t>(found == nullptr ? variants_.size()
                                                       : static_cast<std::size_t>(found - variants_.data()));
}

Evaluation CompiledFlag::off() const noexcept {
    if (off_variant_ == variants_.size()) return disabled();
    return with_variant(variants_[off_variant_], Reason::kTargetingMatch);
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

Evaluation CompiledFlag::evaluate(const RuleInput& input, Arena& scratch,
                                  std::uint64_t& steps) const noexcept {
    if (!enabled_) return answer(Reason::kDisabled);
    if (is_static_) return by_default(Reason::kStatic);
    if (!targeted_) return by_rollout(input, scratch);
    if (rule_ == nullptr) return failure(ErrorCode::kParseError, "The flag's rule can't be evaluated.");
    return by_rule(input, scratch, steps);
}

// A boolean that a rule answers names the variant "true" or "false"; a number is named by its text.
Evaluation CompiledFlag::by_rule(const RuleInput& input, Arena& scratch,
                                 std::uint64_t& steps) const noexcept {
    Machine machine(*rule_, input, scratch, steps);
    Value result;
    const bool done = machine.run(result);
    steps -= std::min(steps, machine.steps());
    if (!done) return failure(ErrorCode::kGeneral, to_string(machine.fault()));
    if (result.is_null()) return by_rollout(input, scratch);
    const auto name = to_text(result, scratch);
    const auto* const variant = name ? find(*name) : nullptr;
    if (variant == nullptr)
        return failure(ErrorCode::kGeneral, "The rule chose a variant that the flag hasn't.");
    return with_variant(*variant, Reason::kTargetingMatch);
}

// Where nothing else chose. Not STATIC: clients keep such a value, and this one may change by itself.
Evaluation CompiledFlag::by_rollout(const RuleInput& input, Arena& scratch) const noexcept {
    if (rollout_variant_ == variants_.size()) return by_default(Reason::kDefault);
    const auto& rollout = delivery_->rollout.front();
    const auto who = rollout.by_tenant ? input.tenant : input.targeting_key;
    if (who.empty())
        return rollout.by_tenant
                   ? by_default(Reason::kDefault)
                   : failure(ErrorCode::kTargetingKeyMissing, "The flag goes to a share of the users.");
    const auto text = bucketing_text(rollout.version, key_, who, scratch);
    if (!text) return failure(ErrorCode::kGeneral, to_string(RuleFault::kTooLarge));
    const auto bucket = (std::uint64_t{murmur3(*text)} * Rollout::kWhole) >> 32;
    if (bucket >= rollout.parts_at(input.timestamp * base::kMicrosPerSecond))
        return by_default(Reason::kDefault);
    return with_variant(variants_[rollout_variant_], Reason::kTargetingMatch);
}

std::size_t CompiledFlag::bytes() const noexcept {
    return sizeof(CompiledFlag) + text_size_ + variants_.size() * sizeof(Variant) +
           (rule_ == nullptr ? 0 : rule_->bytes());
}

}  // namespace mortise::flags
