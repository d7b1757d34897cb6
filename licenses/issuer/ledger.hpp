#pragma once

#include "licenses/document/time.hpp"
#include "licenses/issuer/sqlite.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace mortise::issuer {

struct AuditEntry {
    std::int64_t position = 0;
    licenses::Seconds at = 0;
    std::string actor, action, subject, detail;  // detail: a JSON object
    std::string hash;                            // 32 bytes
};

// The vendor's ledger: one SQLite file beside the keys, with every licence, activation, key and report, and
// an audit trail in which each entry's hash covers the one before. What is written, and the entry that says
// so, are one transaction; files (keysets, bundles) are written after it and can be written again from it at
// any time.
class Ledger {
 public:
    // Makes the file if it isn't there. Throws Failure `ledger_newer` if a newer version wrote it.
    Ledger(const std::filesystem::path& file, licenses::Seconds now);

    Sqlite& database() noexcept { return database_; }
    licenses::Seconds now() const noexcept { return now_; }
    bool is_new() const noexcept { return is_new_; }

    // "" if it is not set.
    std::string meta(std::string_view name);
    void set_meta(std::string_view name, std::string_view value);

    // Adds an entry, inside the caller's transaction. `detail` is JSON and holds no secret.
    void audit(std::string_view action, std::string_view subject, std::string_view detail = "{}");
    // From the first entry on, or from `after` exclusively.
    void each_audit(std::int64_t after, const std::function<void(const AuditEntry&)>& visit);

 private:
    Sqlite database_;
    licenses::Seconds now_;
    std::string actor_;
    bool is_new_ = false;
    Statement insert_audit_, select_head_;
};

// The hash of an entry that stands after one with the hash `previous` (32 zero bytes before the first).
std::string audit_hash(std::string_view previous, const AuditEntry& entry);

// BLAKE2b-256 of a text as base64url: how the trail names tokens.
std::string digest(std::string_view text);

struct AuditVerdict {
    bool intact = false;
    std::int64_t entries = 0;
    std::string head;    // of the last entry, base64url: to be noted elsewhere, as the end can be cut off
    std::string detail;  // what is wrong, and where
};

// Checks the chain, and that each licence and activation is the one that the trail says was issued.
// `expected_head`, unless empty, must be the hash of an entry.
AuditVerdict verify_audit(Ledger& ledger, const std::string& expected_head);

}  // namespace mortise::issuer
