#include "packs/packs.hpp"

#include <algorithm>

namespace rules::packs {

const Pack* find_pack(std::string_view name) {
    const auto all = packs();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Pack& pack) { return pack.name == name; });
    return found != all.end() ? &*found : nullptr;
}

}  // namespace rules::packs
