#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::issuer {

// What the tool says, and what it asks.

// JSON on one line. Bytes that are no UTF-8 (in a note, say) are replaced.
std::string to_text(const nlohmann::json& value);

// Prints one line to standard output, or the JSON text instead if `json` is wanted.
void print(bool json, const std::string& text, const std::string& json_text);

// For standard error: yellow on a terminal that has colours (and no NO_COLOR), plain elsewhere.
void warn(const std::string& text);

// Asks on the terminal before what can't be undone. Throws Failure: `not_confirmed` if the answer isn't yes,
// or if there is no terminal and no `yes` (the option --yes).
void confirm(const std::string& what, bool yes);

// How far a long work is, as one line on standard error that is written over again; silent unless that is a
// terminal.
class Progress {
 public:
    Progress(std::string what, std::uint64_t total);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();
    void at(std::uint64_t done);

 private:
    std::string what_;
    std::uint64_t total_;
    std::int64_t last_ = 0;  // milliseconds; written ten times a second at most
    bool shown_ = false;
};

}  // namespace mortise::issuer
