#include "tests/support/plugin_host/statement_file.hpp"

#include "tests/support/plugin_host/text.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace mortise::test {
namespace {

class StatementReader {
 public:
    explicit StatementReader(std::span<const mortise_value> values) : values_(values) {}

    void take(const std::string& line) {
        std::istringstream words(line);
        std::string mark, first, second, third;
        words >> mark >> first >> second >> third;
        if (mark == "--?")
            is_in_use_ = first == "end" || is_chosen(first, third);
        else if (mark == "--" && first == "@param")
            file_.parameters.push_back(second);
        else if (mark == "--" && first == "@column")
            file_.column_types.push_back(third);
        else if (is_in_use_ && !line.starts_with("--"))
            file_.text += line + '\n';
    }
    const StatementFile& file() const noexcept { return file_; }

 private:
    bool is_chosen(const std::string& parameter, const std::string& choice) {
        if (values_.empty()) return first_choices_.try_emplace(parameter, choice).first->second == choice;
        const auto found = std::ranges::find(file_.parameters, parameter);
        const auto place = static_cast<std::size_t>(found - file_.parameters.begin());
        if (place >= values_.size()) throw std::runtime_error("a block of no parameter: " + parameter);
        const mortise_value& value = values_[place];
        if (choice.empty()) return value.type != MORTISE_VALUE_NULL;
        return value.type == MORTISE_VALUE_TEXT &&
               choice ==
                   std::string_view(reinterpret_cast<const char*>(value.as.bytes.data), value.as.bytes.size);
    }

    std::span<const mortise_value> values_;
    std::map<std::string, std::string> first_choices_;
    bool is_in_use_ = true;
    StatementFile file_;
};

}  // namespace

StatementFile read_statement(const std::filesystem::path& path, std::span<const mortise_value> values) {
    std::istringstream lines(read_file(path));
    StatementReader reader(values);
    for (std::string line; std::getline(lines, line);)
        reader.take(line);
    return reader.file();
}

}  // namespace mortise::test
