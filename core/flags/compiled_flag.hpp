#pragma once

#include "core/flags/arena.hpp"
#include "core/flags/definition.hpp"
#include "core/flags/evaluation.hpp"
#include "core/flags/machine.hpp"
#include "core/flags/program.hpp"
#include "core/flags/rules_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::flags {

// A flag in the form in which it is evaluated and answered. Immutable; threads and snapshots share it.
class CompiledFlag {
 public:
    struct Variant {
        std::string_view name;
        std::string_view members;      // "variant":"…","value":…
        std::uint32_t value_size = 0;  // the end of `members`
        std::string_view value() const noexcept { return members.substr(members.size() - value_size); }
    };

    // `metadata` is a JSON object, or empty.
    CompiledFlag(std::string_view key, const Definition& definition, std::string_view metadata,
                 const SetText& set = {});

    std::string_view key() const noexcept { return key_; }
    std::string_view metadata() const noexcept { return metadata_; }
    std::span<const Variant> variants() const noexcept { return variants_; }  // sorted by name

    // What the definition says, overrides apart. Allocates nothing that fits into the scratch memory. Takes
    // its steps from `steps`; if they are too few, that is 0 and the answer GENERAL.
    Evaluation evaluate(const RuleInput& input, Arena& scratch, std::uint64_t& steps) const noexcept;
    RuleCost cost() const noexcept { return cost_; }  // of that, and of answering it
    bool asks_time() const noexcept { return rule_ != nullptr && rule_->asks_time(); }
    // The answer with a variant that something else chose; DISABLED if the flag is.
    Evaluation with_variant(const Variant& variant, Reason reason) const noexcept;
    bool enabled() const noexcept { return enabled_; }

    // What it was compiled from, so that another process can compile the same: the definition's JSON, and of
    // its set what it refers to, or null.
    std::string_view definition() const noexcept { return definition_; }
    const std::shared_ptr<const RulesText>& rules() const noexcept { return rules_; }
    const FlagDigest& digest() const noexcept { return digest_; }
    // Whether that says all about it but for the flags that it needs.
    bool portable() const noexcept { return portable_; }

    // To whom, when and on what conditions it is given; null: to everybody, always.
    const Delivery* delivery() const noexcept { return delivery_.get(); }
    bool client_visible() const noexcept { return delivery_ != nullptr && delivery_->client; }
    // The answers while it is switched off, and while its schedule or its prerequisites switch it off.
    Evaluation disabled() const noexcept { return answer(Reason::kDisabled); }
    Evaluation off() const noexcept;
    // An error that is no matter of its rule.
    Evaluation failure(ErrorCode code, std::string_view detail) const noexcept;

    std::size_t bytes() const noexcept;  // of memory, about

 private:
    Evaluation answer(Reason reason) const noexcept;
    Evaluation by_default(Reason reason) const noexcept;
    Evaluation by_rule(const RuleInput& input, Arena& scratch, std::uint64_t& steps) const noexcept;
    Evaluation by_rollout(const RuleInput& input, Arena& scratch) const noexcept;
    std::uint32_t number_of(std::string_view variant) const noexcept;
    const Variant* find(std::string_view name) const noexcept;

    std::unique_ptr<char[]> text_;  // what the views refer to
    std::size_t text_size_ = 0;
    std::string_view key_;
    std::string_view metadata_;
    std::string_view definition_;
    std::shared_ptr<const RulesText> rules_;
    FlagDigest digest_{};
    bool portable_ = true;
    std::vector<Variant> variants_;
    std::shared_ptr<const Program> rule_;
    std::shared_ptr<const Delivery> delivery_;
    RuleCost cost_;
    std::uint32_t default_variant_ = 0;  // of variants_; their number if there is none
    std::uint32_t off_variant_ = 0;      // likewise
    std::uint32_t rollout_variant_ = 0;  // likewise
    bool enabled_ = false;
    bool targeted_ = false;
    bool is_static_ = false;  // its value depends on nothing but overrides
};

}  // namespace mortise::flags
