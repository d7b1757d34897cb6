#pragma once

#include "core/storage/statement.hpp"
#include "core/storage/value.hpp"

#include <libpq-fe.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace mortise::storage {

// Parameters in PostgreSQL's binary form, as libpq takes them. The texts and bytes stay where they are; so
// they, and this object, live until the statement was sent.
class PostgresParameters {
 public:
    explicit PostgresParameters(std::span<const Value> values);
    int count() const noexcept { return static_cast<int>(pointers_.size()); }
    const char* const* values() const noexcept { return pointers_.data(); }
    const int* lengths() const noexcept { return lengths_.data(); }
    const int* formats() const noexcept { return formats_.data(); }

 private:
    void add_integer(std::uint64_t value);

    std::deque<std::array<char, 8>> numbers_;  // stable addresses
    std::vector<const char*> pointers_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

// The object identifiers of the declared parameter types.
std::vector<Oid> parameter_types(const Statement& statement);

// Reads one field of a result in binary form; false if it is not of the declared type. Views point into the
// result.
bool decode_field(const PGresult* result, int row, int column, Type type, Value& out);

}  // namespace mortise::storage
