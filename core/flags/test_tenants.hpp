#pragma once

#include "core/base/uuid.hpp"

// Two tenants for tests.
namespace mortise::flags {

inline const base::Uuid kAcme = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000001");
inline const base::Uuid kOther = *base::Uuid::parse("0190a0b0-c0d0-7000-8000-000000000002");

}  // namespace mortise::flags
