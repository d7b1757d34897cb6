#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"

#include <termios.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace mortise::issuer {
namespace {

// Reads a line from the terminal with echo switched off for as long as it lives.
class HiddenInput {
 public:
    HiddenInput() : terminal_(std::fopen("/dev/tty", "r+e")) {
        if (terminal_ == nullptr)
            throw Failure("no_passphrase",
                          "There is no terminal to ask for the passphrase. Use --passphrase-file.");
        ::tcgetattr(::fileno(terminal_), &before_);
        termios hidden = before_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(::fileno(terminal_), TCSAFLUSH, &hidden);
    }
    HiddenInput(const HiddenInput&) = delete;
    HiddenInput& operator=(const HiddenInput&) = delete;
    ~HiddenInput() {
        ::tcsetattr(::fileno(terminal_), TCSAFLUSH, &before_);
        std::fclose(terminal_);
    }

    std::string ask(const char* question) {
        std::fputs(question, terminal_);
        std::fflush(terminal_);
        std::string line;
        for (int c = std::fgetc(terminal_); c != EOF && c != '\n'; c = std::fgetc(terminal_))
            line += static_cast<char>(c);
        std::fputs("\n", terminal_);
        return line;
    }

 private:
    std::FILE* terminal_;
    termios before_{};
};

}  // namespace

std::string ask_passphrase(const std::filesystem::path& file, bool confirm) {
    constexpr std::size_t kLeast = 12;
    std::string passphrase;
    if (!file.empty()) {
        passphrase = read_line_file(file);
    } else {
        HiddenInput input;
        passphrase = input.ask("Passphrase: ");
        if (confirm && input.ask("Again: ") != passphrase)
            throw Failure("no_passphrase", "The two passphrases differ.");
    }
    if (confirm && passphrase.size() < kLeast)
        throw Failure("weak_passphrase", "The passphrase must have at least 12 characters.");
    return passphrase;
}

Passphrase Common::passphrase() const {
    return [known = known_, file = passphrase_file] {
        if (!*known) *known = ask_passphrase(file, false);
        return **known;
    };
}

void add_common(CLI::App& command, Common& common, unsigned options, const std::string& out_help) {
    command.add_option("--home", common.home, "The vendor's home")
        ->required()
        ->envname("MORTISE_LICENSE_HOME");
    command.add_flag("--json", common.json, "Print JSON on one line");
    if ((options & kWithOut) != 0) command.add_option("--out", common.out, out_help);
    if ((options & kWithPassphrase) != 0)
        command.add_option("--passphrase-file", common.passphrase_file,
                           "Take the passphrase from this file's only line instead of asking");
    if ((options & kWithDryRun) != 0)
        command.add_flag("--dry-run", common.dry_run, "Say what would be done, and change nothing");
    if ((options & kWithYes) != 0)
        command.add_flag("--yes", common.yes, "Don't ask before what can't be undone");
}

void hand_out(const std::filesystem::path& out, const std::string& text) {
    if (out.empty())
        std::cout << text << std::flush;
    else
        write_new_file(out, text, 0644);
}

long long unix_time() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace mortise::issuer
