#pragma once

#include "core/base/result.hpp"
#include "core/events/outbox.hpp"
#include "core/storage/database.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Calls of one plugin by another, in one unit of work.
namespace mortise::host {

class WorkerPool;

// The most plugins that a unit of work goes through: the one that was called, and those that it led to.
inline constexpr std::size_t kMostInChain = 5;
// The most that a method is given, and the most that it answers.
inline constexpr std::size_t kMaxPeerBytes = 16UL * 1024 * 1024;

inline constexpr std::size_t kMaxInterfaceName = 100;
inline constexpr std::size_t kMaxMethodName = 64;

// A call in the chain of those that share a unit of work. On the stack of the unit's thread.
struct CallLink {
    const CallLink* caller = nullptr;  // null: the unit was opened for this call
    std::string_view plugin;
    storage::Access access = storage::Access::kRead;
    const WorkerPool* pool = nullptr;                 // that it holds a worker of; null: in process
    const std::function<void()>* given_up = nullptr;  // of PluginRequest
};

// A call of a plugin's method. What it refers to lives during the call.
struct MethodRequest {
    std::uint32_t method = 0;  // of Plugin::methods()
    std::string_view input;
    const CallLink& caller;
};

// Meters and amounts.
using Counted = std::vector<std::pair<std::string, std::uint64_t>>;

// What a method's call leaves to the call that it was made by.
struct Effects {
    std::vector<events::Event> events = {};                   // of a success, as the next two
    std::size_t event_bytes = 0;                              // of their data and subjects
    Counted counted = {};                                     // to be given back if the unit fails
    bool wrote = false;                                       // rows may have changed
    std::optional<base::Error> storage_error = std::nullopt;  // the first, which the unit does not survive
};

}  // namespace mortise::host
