#pragma once

#include "feel/evaluation.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

// What a tenant's settings say of evaluations. The manifest's schema has the same names, defaults and maxima.
namespace rules {

enum class AuditInputs : std::uint8_t {
    kNone,    // no record is kept
    kHashed,  // a record with the inputs' hash
    kWhole,   // a record with the inputs, which can be replayed
};

struct EvaluationSettings {
    static constexpr std::int64_t kMaxSteps = 100'000'000;
    static constexpr std::int64_t kMaxMilliseconds = 5'000;  // as long as a call may take for all
    static constexpr std::int64_t kMaxBytes = std::int64_t{256} << 20;
    static constexpr std::int64_t kMaxAuditDays = 3'660;

    std::int64_t steps = 10'000'000;    // of one evaluation, as the ones below
    std::int64_t milliseconds = 1'000;  // by the clock on the wall
    std::int64_t bytes = std::int64_t{64} << 20;
    AuditInputs audit_inputs = AuditInputs::kHashed;
    std::int64_t audit_days = 365;
    std::int64_t event_percent = 0;  // of evaluations that publish an event

    // The limits of an evaluation that begins now, and ends before `call_end`.
    feel::Limits limits(std::chrono::steady_clock::time_point call_end) const;
};

// Of the JSON object that the host gives, which fits the manifest's schema.
EvaluationSettings decode_settings(std::string_view json);

}  // namespace rules
