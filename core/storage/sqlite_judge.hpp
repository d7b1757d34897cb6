#pragma once

#include "core/base/result.hpp"
#include "core/storage/judge.hpp"

namespace mortise::storage {

// Runs in the judging child (judge.hpp). Makes the plugin's schema in memory by its migrations, under the
// authorizer that holds at run time, and prepares every statement against it.
base::Status judge_sqlite(const JudgedPackage& package);

}  // namespace mortise::storage
