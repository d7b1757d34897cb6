#pragma once

#include "core/flags/arena.hpp"
#include "core/flags/definition.hpp"
#include "core/flags/evaluation.hpp"
#include "core/flags/machine.hpp"
#include "core/flags/program.hpp"

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

// Names what a flag was compiled from: equal ones evaluate alike.
using FlagDigest = std::array<std::uint8_t, 16>;

// A flag in the form in which it is evaluated and answered. Immutable; threads and snapshots share it.
class CompiledFlag {
 public:
    struct Variant {
        std::string_view name;
        std::string_view members;      // "variant":"…","value":…
        std::uint32_t value_size = 0;  // the end of `members`
        std::string_view value() const noexcept { return members.substr(members.size() - value_size); }
    };

    // `metadata` is a JSON object, or empty. `rules` is what the definition may refer to, as rules_json()
    // writes it; null: nothing.
    CompiledFlag(std::string_view key, const Definition& definition, std::string_view metadata,
                 std::shared_ptr<const std::string> rules = nullptr);

    std::string_view key() const noexcept { return key_; }
    std::string_view metadata() const noexcept { return metadata_; }
    std::span<const Variant> variants() const noexcept { return variants_; }  // sorted by name

    // What the definition says, overrides apart. Allocates nothing that fits into the scratch memory.
    Evaluation evaluate(const RuleInput& input, Arena& scratch) const noexcept;
    // The answer with a variant that something else chose; DISABLED if the flag is.
    Evaluation with_variant(const Variant& variant, Reason reason) const noexcept;
    bool enabled() const noexcept { return enabled_; }

    // What it was compiled from, so that another process can compile the same: the definition's JSON, and of
    // its set what it refers to, or null.
    std::string_view definition() const noexcept { return definition_; }
    const std::shared_ptr<const std::string>& rules() const noexcept { return rules_; }
    const FlagDigest& digest() const noexcept { return digest_; }

    std::size_t bytes() const noexcept;  // of memory, about

 private:
    Evaluation answer(Reason reason) const noexcept;
    Evaluation failure(ErrorCode code, std::string_view detail) const noexcept;
    Evaluation by_default(Reason reason) const noexcept;
    Evaluation by_rule(const RuleInput& input, Arena& scratch) const noexcept;
    const Variant* find(std::string_view name) const noexcept;

    std::unique_ptr<char[]> text_;  // what the views refer to
    std::size_t text_size_ = 0;
    std::string_view key_;
    std::string_view metadata_;
    std::string_view definition_;
    std::shared_ptr<const std::string> rules_;
    FlagDigest digest_{};
    std::vector<Variant> variants_;
    std::shared_ptr<const Program> rule_;
    std::uint32_t default_variant_ = 0;  // of variants_; their number if there is none
    bool enabled_ = false;
    bool targeted_ = false;
};

}  // namespace mortise::flags
