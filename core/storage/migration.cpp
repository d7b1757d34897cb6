#include "core/storage/migration.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace mortise::storage {
namespace {

constexpr std::size_t kMaxSteps = 9999;
constexpr std::size_t kMaxText = 1U << 20;

base::Error migration_error(std::string code, std::string log_text) {
    return {base::ErrorKind::kInternal, std::move(code), "The server could not complete the request.",
            std::move(log_text)};
}

std::string file_name(const MigrationSet& set, std::uint32_t version, std::string_view name) {
    auto number = std::to_string(version);
    number.insert(0, 4 - std::min<std::size_t>(4, number.size()), '0');
    return set.owner + "/" + number + "_" + std::string(name) + ".sql";
}

bool is_step_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

base::Status check_order(const MigrationSet& set) {
    if (set.steps.size() > kMaxSteps)
        return migration_error("migration_invalid", set.owner + " has more than 9999 migrations");
    for (std::size_t i = 0; i < set.steps.size(); ++i) {
        if (set.steps[i].version == i + 1) continue;
        return migration_error("migration_gap",
                               file_name(set, set.steps[i].version, set.steps[i].name) +
                                   " stands where version " + std::to_string(i + 1) +
                                   " should be; versions run from 0001 without a gap or a repetition");
    }
    return {};
}

}  // namespace

base::Result<Migration> parse_migration(std::string_view name, std::string_view text) {
    const auto bad = [&](std::string_view why) {
        return migration_error("migration_invalid", std::string(name) + ": " + std::string(why));
    };
    constexpr std::size_t kDigits = 4;
    if (!name.ends_with(".sql") || name.size() < kDigits + 6 || name[kDigits] != '_')
        return bad("a migration's file is named NNNN_name.sql");
    const auto version = base::parse_u64(name.substr(0, kDigits));
    const auto label = name.substr(kDigits + 1, name.size() - kDigits - 5);
    if (!version || *version == 0 || !is_step_name(label))
        return bad("a migration's file is named NNNN_name.sql, from 0001, with a-z, 0-9 and _ in the name");
    if (text.size() > kMaxText) return bad("a migration has at most 1 MiB");
    if (!base::is_utf8(text) || text.find('\0') != std::string_view::npos)
        return bad("a migration is UTF-8 without NUL");
    return Migration{static_cast<std::uint32_t>(*version), std::string(label), std::string(text)};
}

std::string checksum(const Migration& migration) {
    const auto digest = crypto::blake2b_256(migration.sql);
    std::string hex;
    for (const auto byte : digest)
        base::append_hex(hex, byte);
    return hex;
}

base::Result<MigrationSet> make_migration_set(std::string owner, std::span<const SqlFile> files) {
    MigrationSet set{std::move(owner), {}};
    for (const auto& file : files) {
        MORTISE_TRY_ASSIGN(auto step, parse_migration(file.name, file.text));
        set.steps.push_back(std::move(step));
    }
    MORTISE_TRY(check_order(set));
    return set;
}

base::Result<std::span<const Migration>> pending(const MigrationSet& set,
                                                 const std::vector<AppliedMigration>& applied) {
    MORTISE_TRY(check_order(set));
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const auto& had = applied[i];
        if (had.version != i + 1)
            return migration_error("migration_gap", "the database has " +
                                                        file_name(set, had.version, had.name) +
                                                        " but not version " + std::to_string(i + 1) + " of " +
                                                        set.owner + "; restore the database from a backup");
        if (i >= set.steps.size() || checksum(set.steps[i]) == had.checksum) continue;
        return migration_error("migration_changed",
                               file_name(set, set.steps[i].version, set.steps[i].name) +
                                   " is not the file that was applied to this database (as " +
                                   file_name(set, had.version, had.name) +
                                   "); put the old text back and write the change as a new migration");
    }
    const auto done = std::min(applied.size(), set.steps.size());
    return std::span(set.steps).subspan(done);
}

bool is_plugin_id(std::string_view name) noexcept {
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    return name.size() >= 2 && name.size() <= 31 && lower(name[0]) &&
           std::ranges::all_of(name, [&](char c) { return lower(c) || (c >= '0' && c <= '9'); });
}

}  // namespace mortise::storage
