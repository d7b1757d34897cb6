#pragma once

#include "core/flags/history.hpp"
#include "core/storage/database.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mortise::flags {

// The newest state of `kind` in the history that `readable` takes: what goes on being used where the stored
// one can't be read. Nothing if there is none among the newest hundred entries, or the history can't be read
// either.
std::optional<std::string> last_good(storage::Unit& unit, const HistoryOf& of, std::string_view kind,
                                     const std::function<bool(std::string_view)>& readable);

}  // namespace mortise::flags
