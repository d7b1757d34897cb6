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

void print(bool json, const std::string& text, const std::string& json_text) {
    std::cout << (json ? json_text : text) << '\n';
}

long long unix_time() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace mortise::issuer
