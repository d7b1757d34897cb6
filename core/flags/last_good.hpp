#pragma once

#include "core/flags/history.hpp"
#include "core/storage/database.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mortise::flags {

// The newest state of `kind` in the history that `readable` takes: what goes on being used where the stored
// one can't be read. Nothing if there is none among the newest hundred entries, or the history can't be read
// either.
std::optional<std::string> last_good(storage::Unit& unit, const HistoryOf& of, std::string_view kind,
                                     const std::function<bool(std::string_view)>& readable);

// What `read` makes of the stored text, or where it can't of the last good one; without one, why it can't.
template <class Read>
auto read_or_last_good(storage::Unit& unit, const HistoryOf& of, std::string_view kind,
                       std::string_view stored, Read read) {
    auto made = read(stored);
    if (made.ok()) return made;
    const auto good = last_good(unit, of, kind, [&read](std::string_view text) { return read(text).ok(); });
    return good ? read(*good) : std::move(made);
}

}  // namespace mortise::flags
