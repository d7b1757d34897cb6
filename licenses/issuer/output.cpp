#include "licenses/issuer/output.hpp"

#include "licenses/issuer/failure.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

bool has_colours() {
    const char* refused = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && (refused == nullptr || *refused == '\0') && kind != nullptr &&
           std::string_view(kind) != "dumb";
}

std::int64_t milliseconds() {
    using namespace std::chrono;
    return duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count();
}

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

std::string to_text(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print(bool json, const std::string& text, const std::string& json_text) {
    std::cout << (json ? json_text : text) << '\n';
}

void warn(const std::string& text) {
    const bool colours = has_colours();
    std::cerr << (colours ? "\x1b[33m" : "") << text << (colours ? "\x1b[0m" : "") << '\n';
}

void confirm(const std::string& what, bool yes) {
    if (yes) return;
    const std::unique_ptr<std::FILE, CloseFile> terminal(std::fopen("/dev/tty", "r+e"));
    if (!terminal)
        throw Failure("not_confirmed", what + " There is no terminal to ask; --yes does it without asking.");
    std::fprintf(terminal.get(), "%s Type yes to go on: ", what.c_str());
    std::fflush(terminal.get());
    char answer[16] = {};
    if (std::fgets(answer, sizeof answer, terminal.get()) == nullptr || std::string_view(answer) != "yes\n")
        throw Failure("not_confirmed", "Nothing was done.");
}

Progress::Progress(std::string what, std::uint64_t total) : what_(std::move(what)), total_(total) {
    shown_ = ::isatty(STDERR_FILENO) == 1;
}

Progress::~Progress() {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
}

void Progress::at(std::uint64_t done) {
    if (!shown_) return;
    const std::int64_t now = milliseconds();
    if (now - last_ < 100) return;
    last_ = now;
    std::cerr << "\r\x1b[K" << what_ << ' ' << done;
    if (total_ > 0) std::cerr << " of " << total_ << " (" << done * 100 / total_ << " %)";
    std::cerr << std::flush;
}

}  // namespace mortise::issuer
