#include "licenses/issuer/ledger.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/ledger_schema.hpp"

#include <pwd.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <map>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

constexpr std::int64_t kApplicationId = 0x4d4c4c47;  // "MLLG"
constexpr std::size_t kHashBytes = 32;

std::string hash_bytes(std::string_view text) {
    std::string out(kHashBytes, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
    return out;
}

// Who runs the tool: the account's name, by the system, as an environment variable could say anything.
std::string account_name() {
    std::array<char, 4096> buffer;
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return entry.pw_name;
    return "uid " + std::to_string(::getuid());
}

// Whether the ledger was made just now.
bool migrate(Sqlite& database) {
    const auto check_version = [&] {
        const std::int64_t version = database.pragma("user_version");
        if (version > kLedgerVersion)
            throw Failure("ledger_newer", "A newer mortise-license wrote this ledger. Use that one.");
        return version == kLedgerVersion;
    };
    if (check_version()) return false;
    Transaction transaction(database);
    if (check_version()) return false;  // another process was faster
    database.run(std::string(ledger_schema()));
    database.run("PRAGMA application_id = " + std::to_string(kApplicationId));
    database.run("PRAGMA user_version = " + std::to_string(kLedgerVersion));
    transaction.commit();
    return true;
}

}  // namespace

Ledger::Ledger(const std::filesystem::path& file, licenses::Seconds now)
    : database_(file),
      now_(now),
      actor_(account_name()),
      is_new_(migrate(database_)),
      insert_audit_(database_.prepare(
          "INSERT INTO audit (position, at, actor, action, subject, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")),
      select_head_(database_.prepare("SELECT position, hash FROM audit ORDER BY position DESC LIMIT 1")) {}

std::string Ledger::meta(std::string_view name) {
    Statement find = database_.prepare("SELECT value FROM meta WHERE name = ?1");
    return find.with(name).step() ? find.text(0) : std::string();
}

void Ledger::set_meta(std::string_view name, std::string_view value) {
    database_
        .prepare(
            "INSERT INTO meta (name, value) VALUES (?1, ?2) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .with(name, value)
        .run();
}

void Ledger::audit(std::string_view action, std::string_view subject, std::string_view detail) {
    AuditEntry entry{1, now_, actor_, std::string(action), std::string(subject), std::string(detail), {}};
    std::string previous(kHashBytes, '\0');
    if (select_head_.step()) {
        entry.position = select_head_.number(0) + 1;
        previous = select_head_.text(1);
        select_head_.reset();
    }
    insert_audit_.with(entry.position, entry.at, entry.actor, action, subject, detail);
    insert_audit_.bind_blob(7, audit_hash(previous, entry)).run();
}

void Ledger::each_audit(std::int64_t after, const std::function<void(const AuditEntry&)>& visit) {
    Statement select = database_.prepare(
        "SELECT position, at, actor, action, subject, detail, hash FROM audit WHERE position > ?1 ORDER BY position");
    select.with(after);
    while (select.step())
        visit({select.number(0), select.number(1), select.text(2), select.text(3), select.text(4),
               select.text(5), select.text(6)});
}

std::string audit_hash(std::string_view previous, const AuditEntry& entry) {
    return hash_bytes(licenses::pae({previous, std::to_string(entry.position), std::to_string(entry.at),
                                     entry.actor, entry.action, entry.subject, entry.detail}));
}

std::string digest(std::string_view text) {
    return licenses::base64url_encode(hash_bytes(text));
}

namespace {

// Walks the trail, and remembers which token it says each licence and activation has.
class TrailWalker {
 public:
    void visit(const AuditEntry& entry) {
        if (!verdict.detail.empty()) return;
        if (entry.position != verdict.entries + 1)
            return fail(entry.position, "the entry before it is missing");
        if (audit_hash(previous_, entry) != entry.hash)
            return fail(entry.position, "it, or an entry before it, was changed");
        previous_ = entry.hash;
        ++verdict.entries;
        verdict.head = licenses::base64url_encode(entry.hash);
        if (verdict.head == expected_head) expected_seen = true;
        const auto detail = nlohmann::json::parse(entry.detail, nullptr, false);
        if (detail.is_object() && detail.contains("token") && detail["token"].is_string())
            tokens[entry.subject] = detail["token"].get<std::string>();
    }

    AuditVerdict verdict;
    std::string expected_head;
    bool expected_seen = false;
    std::map<std::string, std::string> tokens;

 private:
    void fail(std::int64_t position, const std::string& why) {
        verdict.detail = "Entry " + std::to_string(position) + ": " + why + ".";
    }

    std::string previous_ = std::string(kHashBytes, '\0');
};

// The first row of the table whose token isn't the one in the trail, or "".
std::string find_stranger(Ledger& ledger, const std::string& table, const TrailWalker& trail) {
    Statement select = ledger.database().prepare("SELECT id, token FROM " + table);
    while (select.step()) {
        const auto known = trail.tokens.find(select.text(0));
        if (known == trail.tokens.end())
            return "The " + table + " " + select.text(0) + " is not in the trail.";
        if (known->second != digest(select.text(1)))
            return "The " + table + " " + select.text(0) + " is another document than the trail says.";
    }
    return {};
}

}  // namespace

AuditVerdict verify_audit(Ledger& ledger, const std::string& expected_head) {
    TrailWalker trail;
    trail.expected_head = expected_head;
    trail.verdict.head = licenses::base64url_encode(std::string(kHashBytes, '\0'));
    ledger.each_audit(0, [&](const AuditEntry& entry) { trail.visit(entry); });
    AuditVerdict& verdict = trail.verdict;
    if (verdict.detail.empty()) verdict.detail = find_stranger(ledger, "licence", trail);
    if (verdict.detail.empty()) verdict.detail = find_stranger(ledger, "activation", trail);
    if (verdict.detail.empty() && !expected_head.empty() && !trail.expected_seen)
        verdict.detail = "No entry has the expected hash: the end of the trail was cut off or written anew.";
    verdict.intact = verdict.detail.empty();
    return verdict;
}

}  // namespace mortise::issuer
