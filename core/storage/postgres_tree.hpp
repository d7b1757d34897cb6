#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace mortise::storage {

// A plugin and the tables that its migrations have made so far.
struct PlainNames {
    std::string owner;
    std::set<std::string, std::less<>> tables;

    bool owns(std::string_view name) const {
        return name.size() > owner.size() + 2 && name.starts_with(owner) &&
               name.substr(owner.size(), 2) == "__";
    }
};

// These judge one statement of a parse tree, as libpg_query writes it in JSON: {"SelectStmt": {…}}. Errors:
// `sql_refused` with the reason.

// One SELECT, INSERT, UPDATE, DELETE or WITH on tables of `names`, with at most `parameters` parameters.
base::Status judge_query(const PlainNames& names, const nlohmann::json& statement, std::size_t parameters);

// A statement of a migration: a change of own rows, or CREATE, ALTER and DROP of own tables and indexes,
// whose names go into `names` and out of it.
base::Status judge_definition(PlainNames& names, const nlohmann::json& statement);

// How many columns a judged query answers; `*` is refused, as nobody can count it.
base::Result<std::size_t> count_columns(const nlohmann::json& statement);

}  // namespace mortise::storage
