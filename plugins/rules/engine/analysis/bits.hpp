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
    // Forgets the members from `size` on, of which there must be none.
    void shrink(std::size_t size) { words_.resize((size + kWord - 1) / kWord); }

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

    std::size_t count() const {
        std::size_t members = 0;
        for (const std::uint64_t word : words_)
            members += static_cast<std::size_t>(std::popcount(word));
        return members;
    }
    bool includes(const Bits& other) const {
        for (std::size_t i = 0; i < words_.size(); ++i)
            if ((other.words_[i] & ~words_[i]) != 0) return false;
        return true;
    }
    // Some member; only if there is one.
    std::size_t first() const {
        std::size_t word = 0;
        while (words_[word] == 0)
            ++word;
        return word * kWord + static_cast<std::size_t>(std::countr_zero(words_[word]));
    }
    std::size_t hash() const {
        constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15;
        std::uint64_t mixed = 0;
        for (const std::uint64_t word : words_) {
            mixed = (mixed ^ word) * kMix;
            mixed ^= mixed >> 32;
        }
        return mixed;
    }

    // Calls `with(place)` for each member, in their order.
    template <class With>
    void each(With with) const {
        for (std::size_t i = 0; i < words_.size(); ++i)
            for (std::uint64_t word = words_[i]; word != 0; word &= word - 1)
                with(i * kWord + static_cast<std::size_t>(std::countr_zero(word)));
    }

    friend bool operator==(const Bits&, const Bits&) = default;

 private:
    static constexpr std::size_t kWord = 64;
    static std::uint64_t bit(std::size_t at) { return std::uint64_t{1} << (at % kWord); }

    std::vector<std::uint64_t> words_;
};

struct BitsHash {
    std::size_t operator()(const Bits& bits) const { return bits.hash(); }
};

inline Bits operator&(Bits left, const Bits& right) {
    return left &= right;
}
inline Bits operator-(Bits left, const Bits& right) {
    return left -= right;
}

}  // namespace rules::analysis
