#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/key_table.hpp"
#include "licenses/issuer/output.hpp"

#include <sys/stat.h>

#include <array>

#include <nlohmann/json.hpp>

// A home as one file: a copy of the ledger, with one more table that holds the other files.
namespace mortise::issuer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxKeptFile = 1024 * 1024;
// Sequences go on so much higher after a restore, as those after the backup were used already.
constexpr std::uint64_t kSkip = 1000;

struct BackupOptions : Common {
    fs::path from;
};

// What a home consists of beside the ledger; the rest is written anew from the ledger.
std::vector<fs::path> kept_files(const fs::path& home) {
    std::vector<fs::path> out;
    for (const char* name : {"root.key", "root.pub", "keyset.token", "rotations.tokens", "plans.toml"})
        if (fs::is_regular_file(home / name)) out.emplace_back(name);
    for (const char* folder : {"keys", "roots"}) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(home / folder, none))
            if (entry.is_regular_file() && entry.path().extension() == ".key")
                out.push_back(fs::path(folder) / entry.path().filename());
    }
    return out;
}

void add_files(const fs::path& home, Sqlite& copy) {
    Transaction transaction(copy);
    copy.run(
        "CREATE TABLE backup_file (path TEXT PRIMARY KEY, mode INTEGER NOT NULL, content BLOB NOT NULL) STRICT");
    Statement insert = copy.prepare("INSERT INTO backup_file (path, mode, content) VALUES (?1, ?2, ?3)");
    for (const fs::path& path : kept_files(home)) {
        struct stat status {};
        if (::stat((home / path).c_str(), &status) != 0)
            throw Failure("io_error", path.string() + " can't be read.");
        insert.with(path.string(), std::int64_t{status.st_mode & 0777})
            .bind_blob(3, read_file(home / path, kMaxKeptFile))
            .run();
    }
    transaction.commit();
}

void run_backup(const BackupOptions& options) {
    Home home(options.home, unix_time());
    if (options.dry_run)
        return print(options.json, "Would write " + options.out.string() + ".",
                     to_text({{"dry_run", true}, {"file", options.out.string()}}));
    if (fs::exists(fs::symlink_status(options.out)))
        throw Failure("exists", options.out.string() + " exists already and is left as it is.");
    const AuditVerdict verdict = verify_audit(home.ledger(), "");
    if (!verdict.intact) throw Failure("audit_broken", verdict.detail);
    NewFolder folder(options.out.string() + ".parts");
    const fs::path copy = folder.path() / "backup";
    home.ledger().database().copy_to(copy);
    {
        Sqlite database(copy);
        add_files(home.path(), database);
    }
    write_new_file(options.out, read_file(copy, std::size_t{1} << 40), 0600);
    print(options.json,
          "Wrote " + options.out.string() + ", with " + std::to_string(verdict.entries) +
              " entries in its trail. It holds the secret keys as they lie in the home.",
          to_text({{"file", options.out.string()}, {"entries", verdict.entries}, {"head", verdict.head}}));
}

// A path that a backup made here can have, and no other: nothing is written outside the new home.
bool is_kept_path(const fs::path& path) {
    const std::string text = path.string();
    if (text.find("..") != std::string::npos || text.find('\0') != std::string::npos) return false;
    const std::size_t parts = static_cast<std::size_t>(std::distance(path.begin(), path.end()));
    if (path.is_absolute() || parts == 0 || parts > 2) return false;
    return parts == 1 || *path.begin() == "keys" || *path.begin() == "roots";
}

void unpack_files(Sqlite& database, const fs::path& home) {
    Statement select = database.prepare("SELECT path, mode, content FROM backup_file");
    while (select.step()) {
        const fs::path path = select.text(0);
        if (!is_kept_path(path)) throw Failure("ledger_corrupt", "The backup holds a file of an odd name.");
        if (path.has_parent_path()) {
            fs::create_directory(home / path.parent_path());
            fs::permissions(home / path.parent_path(), fs::perms::owner_all);
        }
        const bool secret = path.extension() == ".key";
        write_new_file(home / path, select.text(2), secret ? 0600 : 0644);
    }
    select.reset();
}

void check_integrity(Sqlite& database) {
    Statement check = database.prepare("PRAGMA integrity_check");
    if (!check.step() || check.text(0) != "ok")
        throw Failure("ledger_corrupt", "The backup is damaged: " + check.text(0));
}

AuditVerdict restore_ledger(const fs::path& folder) {
    {
        Sqlite database(folder / "ledger.db");
        check_integrity(database);
        unpack_files(database, folder);
        database.run("DROP TABLE backup_file");
    }
    Ledger ledger(folder / "ledger.db", unix_time());
    AuditVerdict verdict = verify_audit(ledger, "");
    if (!verdict.intact) throw Failure("audit_broken", verdict.detail);
    KeyTable keys(ledger);
    Transaction transaction(ledger.database());
    const auto keyset = keys.newest_keyset();
    ledger.set_meta("keysets_from", std::to_string((keyset ? keyset->sequence : 0) + kSkip));
    ledger.set_meta("lists_from", std::to_string(keys.newest_revocations_sequence() + kSkip));
    ledger.audit("home.restored", "", to_text({{"head", verdict.head}}));
    transaction.commit();
    return verdict;
}

void run_restore(const BackupOptions& options) {
    NewFolder folder(options.home);
    fs::copy_file(options.from, folder.path() / "ledger.db");
    fs::permissions(folder.path() / "ledger.db", fs::perms::owner_read | fs::perms::owner_write);
    const AuditVerdict verdict = restore_ledger(folder.path());
    Home(folder.path(), unix_time());  // that it is a home
    if (!options.dry_run) folder.commit();
    print(
        options.json,
        std::string(options.dry_run ? "Would restore " : "Restored ") + options.home.string() + ", " +
            std::to_string(verdict.entries) +
            " entries in its trail. What was issued after the backup is not in it; the sequences of keysets and "
            "lists go on 1000 higher, so that hosts don't take them for old ones.",
        to_text({{"home", options.home.string()},
                 {"entries", verdict.entries},
                 {"head", verdict.head},
                 {"dry_run", options.dry_run}}));
}

}  // namespace

void add_backup(CLI::App& app) {
    auto options = std::make_shared<BackupOptions>();
    CLI::App* command = app.add_subcommand("backup", "Copy the whole home, keys and ledger, into one file");
    add_common(*command, *options, kWithOut | kWithDryRun, "The new file (mode 0600)");
    command->get_option("--out")->required();
    command->footer("Example:\n  mortise-license backup --home vendor --out vendor-2027-01-15.backup");
    command->callback([options] { run_backup(*options); });
}

void add_restore(CLI::App& app) {
    auto options = std::make_shared<BackupOptions>();
    CLI::App* command = app.add_subcommand("restore", "Make a home from a backup");
    add_common(*command, *options, kWithDryRun);
    command->add_option("file", options->from, "The backup")->required();
    command->footer("Example:\n  mortise-license restore vendor-2027-01-15.backup --home vendor-restored");
    command->callback([options] { run_restore(*options); });
}

}  // namespace mortise::issuer
