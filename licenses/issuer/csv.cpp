#include "licenses/issuer/csv.hpp"

#include "licenses/issuer/failure.hpp"

#include <algorithm>

namespace mortise::issuer {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Failure malformed(std::size_t line, const std::string& why) {
    return Failure("malformed_csv", "Line " + std::to_string(line) + " of the list: " + why);
}

}  // namespace

CsvReader::CsvReader(std::string_view text) : rest_(text) {
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

// What is between the quotes; rest_ stands after the first one, and then after the last.
std::string CsvReader::quoted() {
    std::string out;
    while (true) {
        const std::size_t quote = rest_.find('"');
        if (quote == std::string_view::npos) throw malformed(record_line_, "a quote is not closed.");
        out += rest_.substr(0, quote);
        line_ += static_cast<std::size_t>(
            std::count(rest_.begin(), rest_.begin() + static_cast<long>(quote), '\n'));
        rest_.remove_prefix(quote + 1);
        if (!rest_.starts_with('"')) return out;
        out += '"';
        rest_.remove_prefix(1);
    }
}

bool CsvReader::next(std::vector<std::string>& fields) {
    fields.clear();
    while (rest_.starts_with('\n') || rest_.starts_with("\r\n")) {
        rest_.remove_prefix(rest_.front() == '\r' ? 2 : 1);
        ++line_;
    }
    if (rest_.empty()) return false;
    record_line_ = line_;
    while (true) {
        if (rest_.starts_with('"')) {
            rest_.remove_prefix(1);
            fields.push_back(quoted());
        } else {
            const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
            if (rest_.substr(0, end).find('"') != std::string_view::npos)
                throw malformed(line_, "a quote stands in the middle of a field.");
            fields.emplace_back(rest_.substr(0, end));
            rest_.remove_prefix(end);
        }
        if (rest_.starts_with(',')) {
            rest_.remove_prefix(1);
            continue;
        }
        if (!rest_.empty() && !rest_.starts_with('\n') && !rest_.starts_with("\r\n"))
            throw malformed(line_, "something stands after a closed quote.");
        return true;
    }
}

std::string csv_field(std::string_view text) {
    std::string out;
    constexpr std::string_view kFormula = "=+-@\t\r";
    if (!text.empty() && kFormula.find(text.front()) != std::string_view::npos) out += '\'';
    out += text;
    if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
    std::string quoted = "\"";
    for (const char c : out) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string csv_line(const std::vector<std::string>& fields) {
    std::string out;
    for (std::size_t i = 0; i < fields.size(); ++i)
        out += (i > 0 ? "," : "") + csv_field(fields[i]);
    return out + "\r\n";
}

}  // namespace mortise::issuer
