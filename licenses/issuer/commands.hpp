#pragma once

#include "licenses/issuer/home.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace mortise::issuer {

// Each adds one subcommand: its arguments, its help with examples, and what runs when it was chosen. A
// command throws Failure to end with exit code 1.
void add_init(CLI::App& app);
void add_keyset(CLI::App& app);
void add_root(CLI::App& app);
void add_issue(CLI::App& app);
void add_renew(CLI::App& app);
void add_upgrade(CLI::App& app);
void add_downgrade(CLI::App& app);
void add_reissue(CLI::App& app);
void add_suspend(CLI::App& app);
void add_resume(CLI::App& app);
void add_revoke(CLI::App& app);
void add_transfer(CLI::App& app);
void add_crl(CLI::App& app);
void add_bundle(CLI::App& app);
void add_activate(CLI::App& app);
void add_report(CLI::App& app);
void add_export(CLI::App& app);
void add_backup(CLI::App& app);
void add_restore(CLI::App& app);
void add_audit(CLI::App& app);
void add_inspect(CLI::App& app);
void add_verify(CLI::App& app);
void add_keygen(CLI::App& app);
void add_pubkey(CLI::App& app);

// Options that commands have in common; which of them, says add_common().
struct Common {
    std::filesystem::path home, passphrase_file, out;
    bool json = false, dry_run = false, yes = false;

    // For keys of an existing home; the passphrase is asked for once.
    Passphrase passphrase() const;

 private:
    std::shared_ptr<std::optional<std::string>> known_ = std::make_shared<std::optional<std::string>>();
};

enum CommonOption : unsigned {
    kWithPassphrase = 1,
    kWithOut = 2,
    kWithDryRun = 4,
    kWithYes = 8,
};
// Adds --home and --json, and those of `options`.
void add_common(CLI::App& command, Common& common, unsigned options, const std::string& out_help = "");

// The passphrase: the only line of `file` if one is named, else asked on the terminal without echo, twice if
// `confirm`. Throws Failure `no_passphrase` if there is no terminal.
std::string ask_passphrase(const std::filesystem::path& file, bool confirm);

// Writes a text to the new file `out`, or to standard output if that is empty.
void hand_out(const std::filesystem::path& out, const std::string& text);

// Now, in whole seconds.
long long unix_time();

}  // namespace mortise::issuer
