#include "core/http/stream.hpp"

#include "core/http/inbox.hpp"

#include <utility>

namespace mortise::http {

bool Stream::push(StreamBytes bytes) const {
    if (!open()) return false;
    const std::size_t size = bytes->size();
    if (state_->waiting.fetch_add(size) + size > state_->limit) {
        // The reactor is far behind with this one client, or somebody pushes without measure.
        if (state_->open.exchange(false))
            inbox_->push(StreamPiece{connection_, state_, nullptr, StreamPiece::Then::kCutOff});
        return false;
    }
    inbox_->push(StreamPiece{connection_, state_, std::move(bytes), StreamPiece::Then::kGoOn});
    return true;
}

void Stream::end() const {
    if (state_ && state_->open.exchange(false))
        inbox_->push(StreamPiece{connection_, state_, nullptr, StreamPiece::Then::kEnd});
}

}  // namespace mortise::http
