#pragma once

#include "core/base/request_context.hpp"
#include "core/flags/arena.hpp"
#include "core/flags/evaluation.hpp"
#include "core/host/service_backend.hpp"
#include "core/host/worker_messages.hpp"
#include "mortise/abi/services.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// mortise.flags/1 between the ABI and what evaluates.
namespace mortise::host {

inline constexpr std::size_t kMaxAttributes = 64;
inline constexpr std::size_t kMaxAttributeName = 256;
inline constexpr std::size_t kMaxAttributeDepth = 64;                  // of JSON
inline constexpr std::size_t kMaxAttributeMemory = 4UL * 1024 * 1024;  // of what JSON is read into

// A context of the ABI as an evaluation wants it. Refers to the plugin's memory.
class FlagSubject {
 public:
    FlagSubject() noexcept {}  // leaves its memory as it is
    FlagSubject(const FlagSubject&) = delete;
    FlagSubject& operator=(const FlagSubject&) = delete;

    // MORTISE_E_INVALID or MORTISE_E_TOO_BIG: what services.h does not allow. `given` may be null.
    mortise_status read(const mortise_flag_context* given, const base::RequestContext& context);

    FlagQuestion question(std::string_view key) const noexcept { return {key, targeting_key_, attributes_}; }

 private:
    void take_principal(const base::Principal& principal) noexcept;
    mortise_status read_attributes(const mortise_flag_context& given);
    mortise_status read_attribute(const mortise_flag_attribute& given, flags::Member& out);
    mortise_status read_json(std::string_view text, flags::Value& out);

    std::size_t bytes_ = 0;
    std::array<char, 36> principal_;
    std::string_view targeting_key_;
    std::span<flags::Member> attributes_;
    alignas(std::max_align_t) std::array<std::byte, kMaxAttributes * sizeof(flags::Member)> first_;
    flags::Arena memory_{first_, kMaxAttributeMemory};
};

// What is shown of an evaluation to somebody who wants a value of this type. `text` is where an escaped text
// is written to. Views live as long as the evaluation's, and `text`.
mortise_flag_value shown_value(const flags::Evaluation& evaluation, std::uint32_t type, std::string& text);

}  // namespace mortise::host
