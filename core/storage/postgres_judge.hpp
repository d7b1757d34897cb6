#pragma once

#include "core/base/result.hpp"
#include "core/storage/judge.hpp"

namespace mortise::storage {

// Runs in the judging child (judge.hpp). Reads every text as PostgreSQL's own parser does and walks the tree;
// a node, field, function, operator or type that postgres_grammar.hpp does not list is refused.
base::Status judge_postgres(const JudgedPackage& package);

}  // namespace mortise::storage
