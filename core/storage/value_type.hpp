#pragma once

#include "core/storage/value.hpp"

namespace mortise::storage {

// Whether a value that is not null is one of the type. Both sides of a statement ask: who binds, and who
// chooses.
inline bool has_type(const Value& value, Type type) noexcept {
    switch (type) {
        case Type::kInteger:
        case Type::kTime:
            return std::holds_alternative<std::int64_t>(value);
        case Type::kReal:
            return std::holds_alternative<double>(value);
        case Type::kText:
            return std::holds_alternative<std::string_view>(value);
        case Type::kBytes:
            return std::holds_alternative<Bytes>(value);
        case Type::kUuid:
            return std::holds_alternative<base::Uuid>(value);
        case Type::kBoolean:
            return std::holds_alternative<bool>(value);
    }
    return false;
}

}  // namespace mortise::storage
