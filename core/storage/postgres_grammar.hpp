#pragma once

#include <string_view>

namespace mortise::storage::grammar {

// What the text of a plugin may be made of on PostgreSQL, in the names of libpg_query's parse tree (the
// protocol pg_query.proto) and of pg_catalog. Everything else is refused.

// Nodes and fields of a query; those that only a migration may have besides.
bool is_query_node(std::string_view name) noexcept;
bool is_definition_node(std::string_view name) noexcept;
bool is_query_field(std::string_view name) noexcept;
bool is_definition_field(std::string_view name) noexcept;

// Functions that work on their arguments alone. current_setting is not among them: the judge allows it with
// the tenant's name.
bool is_function(std::string_view name) noexcept;
bool is_operator(std::string_view name) noexcept;
bool is_expression_kind(std::string_view name) noexcept;
bool is_type(std::string_view name) noexcept;
// Constraints of a table or column. Identity is none of them: its sequence would be shared by all tenants.
bool is_constraint(std::string_view name) noexcept;
// CURRENT_TIMESTAMP and the like, not CURRENT_USER.
bool is_value_function(std::string_view name) noexcept;

// A column that every table has and that tells of other rows or transactions, or the name of a function that
// PostgreSQL would call for `row.name`.
bool is_system_column(std::string_view name) noexcept;

}  // namespace mortise::storage::grammar
