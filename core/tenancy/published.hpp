#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace mortise::tenancy {

// An immutable value that is replaced as a whole. Readers keep what they got for as long as they hold it;
// the lock is held only while a pointer is copied, never while a value is built or destroyed.
// (std::atomic<std::shared_ptr> of libstdc++ 12 is a spinning lock that unlocks reads with relaxed order.)
template <class T>
class Published {
 public:
    Published() : value_(std::make_shared<const T>()) {}
    explicit Published(T value) : value_(std::make_shared<const T>(std::move(value))) {}

    std::shared_ptr<const T> read() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }

    void replace(std::shared_ptr<const T> next) {
        {
            const std::lock_guard lock(mutex_);
            value_.swap(next);
        }
        // The old value dies here, outside the lock, unless a reader still holds it.
    }

 private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;  // never null
};

}  // namespace mortise::tenancy
