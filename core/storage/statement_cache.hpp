#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace mortise::storage {

// The prepared statements of one connection by a key; the least recently used one leaves when it is full.
// Not thread-safe, as a connection is not.
template <class T>
class StatementCache {
 public:
    explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

    // Null if there is none. The pointer is good until the next insert or erase.
    T* find(std::uint64_t key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->second;
    }

    // Adds an entry that is not there yet, and returns the one that had to leave, if any.
    std::optional<T> insert(std::uint64_t key, T value) {
        std::optional<T> evicted;
        if (entries_.size() >= capacity_) {
            index_.erase(entries_.back().first);
            evicted = std::move(entries_.back().second);
            entries_.pop_back();
        }
        entries_.emplace_front(key, std::move(value));
        index_[key] = entries_.begin();
        return evicted;
    }

    void erase(std::uint64_t key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return;
        entries_.erase(found->second);
        index_.erase(found);
    }

 private:
    using Entries = std::list<std::pair<std::uint64_t, T>>;
    Entries entries_;
    std::unordered_map<std::uint64_t, typename Entries::iterator> index_;
    const std::size_t capacity_;
};

}  // namespace mortise::storage
