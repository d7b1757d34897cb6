#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mortise::identity {

// Lists of words without spaces (roles, scopes), as one text: sorted, each once, separated by single spaces.
std::string join_words(std::vector<std::string> words);
std::vector<std::string> split_words(std::string_view text);

}  // namespace mortise::identity
