#pragma once

#include "core/base/uuid.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace mortise::storage {

// The types of parameters and columns, the same on both engines.
//            SQLite            PostgreSQL
//   kInteger INTEGER           bigint
//   kReal    REAL              double precision
//   kText    TEXT              text
//   kBytes   BLOB              bytea
//   kUuid    BLOB(16)          uuid
//   kBoolean INTEGER 0 or 1    boolean
//   kTime    INTEGER           bigint, microseconds since 1970 in UTC
enum class Type : std::uint8_t { kInteger, kReal, kText, kBytes, kUuid, kBoolean, kTime };

struct Bytes {
    std::string_view data;
    bool operator==(const Bytes&) const = default;
};

struct Null {
    bool operator==(const Null&) const = default;
};

// A parameter, or a column of the row that is being read. Text and bytes are views: a parameter's must live
// until run() returns, a column's live until the row's callback returns.
using Value = std::variant<Null, std::int64_t, double, std::string_view, Bytes, base::Uuid, bool>;

}  // namespace mortise::storage
