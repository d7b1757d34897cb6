#pragma once

#include "mortise/abi/types.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace contract {

// Values for a statement, written as "i:5", "r:0.5", "t:text", "x:hex bytes", "u:hex of 16", "b:1" and "n:".
// "t*:N" and "x*:N" are N bytes of 'x'; "?:N" is of the unknown type N; "t0" and "x0" have a size and no
// data.
class Values {
 public:
    void add(std::string_view word);
    const mortise_value* data() const noexcept { return values_.data(); }
    std::size_t size() const noexcept { return values_.size(); }

 private:
    std::vector<mortise_value> values_;
    std::deque<std::string> texts_;  // what they point at
};

// The rows of a batch (mortise_sql_1.run) in the same spelling, each ended by ';', long ones cut. Adds
// "malformed" where a batch ends within a value.
std::string show_rows(std::string_view batch, std::size_t columns);

// FNV-1a, so that much data is one word of a transcript.
std::uint64_t hash_of(std::string_view data, std::uint64_t before = 0xcbf29ce484222325U) noexcept;

std::string from_hex(std::string_view hex);
std::string to_hex(std::string_view bytes);
std::uint64_t number_of(std::string_view text) noexcept;

// A step's word by its place, empty beyond the last; and the number that it is.
const std::string& word(const std::vector<std::string>& words, std::size_t index);
std::uint64_t number(const std::vector<std::string>& words, std::size_t index);

}  // namespace contract
