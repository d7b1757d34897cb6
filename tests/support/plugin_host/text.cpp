#include "tests/support/plugin_host/text.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mortise::test {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("no file " + path.string());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string text_of(mortise_text text) {
    return text.size == 0 ? std::string() : std::string(text.data, text.size);
}

}  // namespace mortise::test
