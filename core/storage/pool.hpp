#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/storage/error_map.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mortise::storage {

// At most `limit` connections of one kind, made when needed and lent to one user at a time. Thread-safe; it
// must outlive its leases.
template <class T>
class Pool {
 public:
    using Make = std::function<base::Result<std::unique_ptr<T>>(base::Monotonic deadline)>;

    // Gives its connection back when it is destroyed.
    class Lease {
     public:
        Lease(Pool& pool, std::unique_ptr<T> item) : pool_(&pool), item_(std::move(item)) {}
        Lease(Lease&& other) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() { reset(); }
        T* operator->() const noexcept { return item_.get(); }
        T& operator*() const noexcept { return *item_; }
        // Gives it back now.
        void reset() {
            if (item_) pool_->give_back(std::move(item_));
        }
        // Closes the connection instead of giving it back; the pool makes another when it needs one.
        void discard() {
            item_.reset();
            pool_->forget();
        }
        explicit operator bool() const noexcept { return item_ != nullptr; }

     private:
        Pool* pool_;
        std::unique_ptr<T> item_;
    };

    Pool(std::size_t limit, Make make) : limit_(limit), make_(std::move(make)) {}

    // Waits until a connection is free; kBusy when the deadline passes first.
    base::Result<Lease> lease(base::Monotonic deadline) {
        std::unique_lock lock(mutex_);
        while (idle_.empty() && lent_ >= limit_) {
            if (freed_.wait_until(lock, deadline) == std::cv_status::timeout && idle_.empty() &&
                lent_ >= limit_)
                return storage_error(kBusy, "no connection was free before the deadline");
        }
        ++lent_;
        if (!idle_.empty()) {
            auto item = std::move(idle_.back());
            idle_.pop_back();
            return Lease(*this, std::move(item));
        }
        lock.unlock();
        auto made = make_(deadline);
        if (!made.ok()) {
            forget();
            return std::move(made).error();
        }
        return Lease(*this, std::move(made).value());
    }

    // Closes the connections that nobody uses.
    void clear() {
        std::vector<std::unique_ptr<T>> closing;
        std::lock_guard lock(mutex_);
        closing.swap(idle_);
    }

 private:
    void give_back(std::unique_ptr<T> item) {
        {
            std::lock_guard lock(mutex_);
            idle_.push_back(std::move(item));
            --lent_;
        }
        freed_.notify_one();
    }

    void forget() {
        {
            std::lock_guard lock(mutex_);
            --lent_;
        }
        freed_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<T>> idle_;
    std::size_t lent_ = 0;
    const std::size_t limit_;
    const Make make_;
};

}  // namespace mortise::storage
