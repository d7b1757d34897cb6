#pragma once

#include <gtest/gtest.h>

#include <string>

namespace mortise::licenses::testing {

// Calls `accepted(text)` with every text that differs from `text` in one bit, and with each of its
// beginnings: none may be accepted.
template <class Accepted>
void expect_every_change_refused(const std::string& text, Accepted&& accepted) {
    ASSERT_TRUE(accepted(text));
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string wrong = text;
        wrong[bit / 8] = static_cast<char>(static_cast<unsigned char>(wrong[bit / 8]) ^ (1u << (bit % 8)));
        EXPECT_FALSE(accepted(wrong)) << "bit " << bit;
    }
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_FALSE(accepted(text.substr(0, size))) << "cut to " << size;
}

}  // namespace mortise::licenses::testing
