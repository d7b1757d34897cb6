#pragma once

#include "core/storage/database.hpp"
#include "mortise/abi/types.h"

#include <string>

namespace mortise::host {

// A larger row is MORTISE_E_TOO_BIG.
inline constexpr std::size_t kMaxRowBytes = 48UL * 1024 * 1024;

// Encodes rows as the flat batches of mortise.sql/1 (services.h) and pushes each into the plugin's sink when
// it is full. Used on one thread.
class RowBatch {
 public:
    // `sink` lives as long as the batch; null if no rows are wanted.
    explicit RowBatch(const mortise_sink* sink) : sink_(sink) {}

    // False if the sink wants no more.
    bool add(const storage::Row& row);
    // Pushes what is left, and answers what the sink said; MORTISE_OK also if it asked to stop.
    mortise_status finish();

 private:
    void push();

    const mortise_sink* sink_;
    std::string bytes_;
    mortise_status status_ = MORTISE_OK;
};

}  // namespace mortise::host
