#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <CLI/App.hpp>

namespace mortise::issuer {

// Each adds one subcommand: its arguments, its help with examples, and what runs when it was chosen. A
// command throws Failure to end with exit code 1.
void add_init(CLI::App& app);
void add_issue(CLI::App& app);
void add_inspect(CLI::App& app);
void add_verify(CLI::App& app);
void add_keygen(CLI::App& app);
void add_pubkey(CLI::App& app);

// Prints one line to standard output, or the JSON text instead if `json` is wanted.
void print(bool json, const std::string& text, const std::string& json_text);

// The passphrase: the only line of `file` if one is named, else asked on the terminal without echo, twice if
// `confirm`. Throws Failure `no_passphrase` if there is no terminal.
std::string ask_passphrase(const std::filesystem::path& file, bool confirm);

// Now, in whole seconds.
long long unix_time();

}  // namespace mortise::issuer
