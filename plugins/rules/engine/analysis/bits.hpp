#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rules::analysis {

// A set of rules of a table, by their places from 0. Sets that are combined are of one size.
class Bits {
 public:
    explicit Bits(std::size_t size = 0) : words_((size + kWord - 1) / kWord) {}

    void set(std::size_t at) { words_[at / kWord] |= bit(at); }
    void reset(std::size_t at) { words_[at / kWord] &= ~bit(at); }
    void flip(std::size_t at) { words_[at / kWord] ^= bit(at); }
    bool test(std::size_t at) const { return (words_[at / kWord] & bit(at)) != 0; }
    std::size_t words() const { return words_.size(); }

    bool none() const {
        for (const std::uint64_t word : words_)
            if (word != 0) return false;
        return true;
    }
    bool meets(const Bits& other) const {
        for (std::size_t i = 0; i < words_.size(); ++i)
            if ((words_[i] & other.words_[i]) != 0) return true;
        return false;
    }
    Bits& operator&=(const Bits& other) {
        for (std::size_t i = 0; i < words_.size(); ++i)
            words_[i] &= other.words_[i];
        return *this;
    }
    Bits& operator|=(const Bits& other) {
        for (std::size_t i = 0; i < words_.size(); ++i)
            words_[i] |= other.words_[i];
        return *this;
    }
    Bits& operator-=(const Bits& other) {
        for (std::size_t i = 0; i < words_.size(); ++i)
            words_[i] &= ~other.words_[i];
        return *this;
    }

    // Calls `with(place)` for each member, in their order.
    template <class With>
    void each(With with) const {
        for (std::size_t i = 0; i < words_.size(); ++i)
            for (std::uint64_t word = words_[i]; word != 0; word &= word - 1)
                with(i * kWord + static_cast<std::size_t>(std::countr_zero(word)));
    }

    friend bool operator==(const Bits&, const Bits&) = default;
    friend auto operator<=>(const Bits&, const Bits&) = default;

 private:
    static constexpr std::size_t kWord = 64;
    static std::uint64_t bit(std::size_t at) { return std::uint64_t{1} << (at % kWord); }

    std::vector<std::uint64_t> words_;
};

inline Bits operator&(Bits left, const Bits& right) {
    return left &= right;
}
inline Bits operator-(Bits left, const Bits& right) {
    return left -= right;
}

}  // namespace rules::analysis
