#pragma once

#include "mortise/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The audit of evaluations.
namespace rules {

// One evaluation that was made. Values are JSON with tagged temporals; `at` is in microseconds.
struct AuditRecord {
    mortise::sdk::Uuid id;
    std::int64_t at = 0;  // what now() was
    mortise::sdk::Uuid principal;
    std::optional<mortise::sdk::Uuid> actor;  // who really asked, if it was in another's name
    mortise::sdk::Uuid model_id;
    std::string model_key;
    std::int64_t version = 0;
    bool is_service = false;
    std::string decision;               // the name or id of it, or of the service
    std::optional<std::string> inputs;  // absent where only the hash is kept
    std::string inputs_hash;
    std::string result;
    std::string hits;
    std::optional<std::string> failure;  // a code: there was no result
    std::int64_t took_us = 0;
    std::optional<std::string> caller;  // the plugin that asked for it; absent: a client did
};

// Absent: not filtered. Times are microseconds, from `from` until before `to`.
struct AuditFilter {
    std::optional<mortise::sdk::Uuid> model_id;
    std::optional<std::int64_t> version;
    std::optional<std::string> decision;
    std::optional<mortise::sdk::Uuid> principal;
    std::optional<std::string> caller;
    std::optional<std::string> inputs_hash;
    std::optional<std::string> rule;  // the id of a rule that was hit, quoted as in the hits' JSON
    std::optional<std::int64_t> from;
    std::optional<std::int64_t> to;
    bool failed = false;  // only those without a result
};

std::string_view kind_of(const AuditRecord& record) noexcept;

// A record as the API shows it.
std::string to_json(const AuditRecord& record);

// Records as CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with an apostrophe.
std::string csv_head();
std::string to_csv(const AuditRecord& record);

// Whether a result is the same as one recorded: as values, not as texts.
bool same_result(std::string_view recorded, std::string_view replayed);

}  // namespace rules
