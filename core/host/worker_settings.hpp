#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace mortise::host {

struct WorkerSettings {
    std::filesystem::path program;                     // mortise-worker
    std::size_t count = 2;                             // processes a plugin
    std::uint64_t memory_bytes = 512UL * 1024 * 1024;  // of addresses, each
    // So many deaths within the window quarantine the plugin until it is reloaded.
    std::size_t deaths = 5;
    std::chrono::seconds window{60};
    std::chrono::milliseconds start_timeout{10000};
};

}  // namespace mortise::host
