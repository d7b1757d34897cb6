#pragma once

#include <span>
#include <string_view>

// Ready-made models with their tests, compiled in: their texts live as long as the program. README.md tells
// of each.
namespace rules::packs {

struct PackFile {
    std::string_view name;
    std::string_view xml;
};

struct Pack {
    std::string_view name;  // stable; also the key of the model that it is installed as
    std::string_view title;
    std::string_view description;
    std::span<const PackFile> files;  // the model first, then what it imports
    std::string_view tests;           // a JSON array, as stored with a model
};

// In the order of their names.
std::span<const Pack> packs();

// Null pointer if there is none of that name.
const Pack* find_pack(std::string_view name);

}  // namespace rules::packs
