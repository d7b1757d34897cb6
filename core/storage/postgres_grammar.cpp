#include "core/storage/postgres_grammar.hpp"

#include <algorithm>
#include <array>

namespace mortise::storage::grammar {
namespace {

constexpr auto kQueryNodes = std::to_array<std::string_view>(
    {"A_ArrayExpr",      "A_Const",    "A_Expr",         "A_Star",        "BoolExpr",      "Boolean",
     "BooleanTest",      "CaseExpr",   "CaseWhen",       "CoalesceExpr",  "CollateClause", "ColumnRef",
     "CommonTableExpr",  "DeleteStmt", "Float",          "FuncCall",      "IndexElem",     "InsertStmt",
     "Integer",          "JoinExpr",   "List",           "LockingClause", "MinMaxExpr",    "MultiAssignRef",
     "NullTest",         "ParamRef",   "RangeSubselect", "RangeVar",      "ResTarget",     "RowExpr",
     "SQLValueFunction", "SelectStmt", "SetToDefault",   "SortBy",        "String",        "SubLink",
     "TypeCast",         "TypeName",   "UpdateStmt",     "WindowDef"});
static_assert(std::ranges::is_sorted(kQueryNodes));

constexpr auto kDefinitionNodes =
    std::to_array<std::string_view>({"AlterTableCmd", "AlterTableStmt", "ColumnDef", "Constraint",
                                     "CreateStmt", "DropStmt", "IndexStmt", "RenameStmt"});
static_assert(std::ranges::is_sorted(kDefinitionNodes));

constexpr auto kQueryFields = std::to_array<std::string_view>({"action",
                                                               "agg_distinct",
                                                               "agg_filter",
                                                               "agg_order",
                                                               "agg_star",
                                                               "alias",
                                                               "aliascolnames",
                                                               "aliasname",
                                                               "all",
                                                               "arg",
                                                               "args",
                                                               "boolop",
                                                               "booltesttype",
                                                               "boolval",
                                                               "collname",
                                                               "colnames",
                                                               "colno",
                                                               "cols",
                                                               "content",
                                                               "ctematerialized",
                                                               "ctename",
                                                               "ctequery",
                                                               "cterecursive",
                                                               "ctes",
                                                               "defresult",
                                                               "distinctClause",
                                                               "elements",
                                                               "endOffset",
                                                               "expr",
                                                               "fields",
                                                               "frameOptions",
                                                               "fromClause",
                                                               "funcformat",
                                                               "funcname",
                                                               "fval",
                                                               "groupClause",
                                                               "havingClause",
                                                               "indexElems",
                                                               "indirection",
                                                               "infer",
                                                               "inh",
                                                               "isNatural",
                                                               "isnull",
                                                               "items",
                                                               "ival",
                                                               "jointype",
                                                               "kind",
                                                               "larg",
                                                               "lateral",
                                                               "lexpr",
                                                               "limitCount",
                                                               "limitOffset",
                                                               "limitOption",
                                                               "location",
                                                               "lockedRels",
                                                               "lockingClause",
                                                               "name",
                                                               "names",
                                                               "ncolumns",
                                                               "node",
                                                               "nulls_ordering",
                                                               "nulltesttype",
                                                               "number",
                                                               "onConflictClause",
                                                               "op",
                                                               "operName",
                                                               "orderClause",
                                                               "ordering",
                                                               "over",
                                                               "override",
                                                               "partitionClause",
                                                               "quals",
                                                               "rarg",
                                                               "recursive",
                                                               "refname",
                                                               "relation",
                                                               "relname",
                                                               "relpersistence",
                                                               "result",
                                                               "returningList",
                                                               "rexpr",
                                                               "row_format",
                                                               "selectStmt",
                                                               "sortClause",
                                                               "sortby_dir",
                                                               "sortby_nulls",
                                                               "source",
                                                               "startOffset",
                                                               "strength",
                                                               "subLinkType",
                                                               "subquery",
                                                               "subselect",
                                                               "sval",
                                                               "targetList",
                                                               "testexpr",
                                                               "typeName",
                                                               "typemod",
                                                               "typmod",
                                                               "typmods",
                                                               "uidx",
                                                               "usingClause",
                                                               "val",
                                                               "valuesLists",
                                                               "waitPolicy",
                                                               "whereClause",
                                                               "windowClause",
                                                               "withClause"});
static_assert(std::ranges::is_sorted(kQueryFields));

constexpr auto kDefinitionFields = std::to_array<std::string_view>({"accessMethod",
                                                                    "behavior",
                                                                    "cmds",
                                                                    "collClause",
                                                                    "collation",
                                                                    "colname",
                                                                    "conname",
                                                                    "constraints",
                                                                    "contype",
                                                                    "def",
                                                                    "deferrable",
                                                                    "fk_attrs",
                                                                    "fk_del_action",
                                                                    "fk_del_set_cols",
                                                                    "fk_matchtype",
                                                                    "fk_upd_action",
                                                                    "generated_when",
                                                                    "idxname",
                                                                    "if_not_exists",
                                                                    "indexIncludingParams",
                                                                    "indexParams",
                                                                    "initdeferred",
                                                                    "initially_valid",
                                                                    "is_local",
                                                                    "keys",
                                                                    "missing_ok",
                                                                    "newname",
                                                                    "nulls_not_distinct",
                                                                    "objects",
                                                                    "objtype",
                                                                    "oncommit",
                                                                    "pk_attrs",
                                                                    "pktable",
                                                                    "raw_expr",
                                                                    "relationType",
                                                                    "removeType",
                                                                    "renameType",
                                                                    "subname",
                                                                    "subtype",
                                                                    "tableElts",
                                                                    "unique",
                                                                    "where_clause"});
static_assert(std::ranges::is_sorted(kDefinitionFields));

constexpr auto kFunctions = std::to_array<std::string_view>({"abs",
                                                             "age",
                                                             "array_agg",
                                                             "array_length",
                                                             "array_position",
                                                             "array_to_string",
                                                             "ascii",
                                                             "avg",
                                                             "bit_and",
                                                             "bit_length",
                                                             "bit_or",
                                                             "bool_and",
                                                             "bool_or",
                                                             "btrim",
                                                             "cardinality",
                                                             "ceil",
                                                             "ceiling",
                                                             "char_length",
                                                             "character_length",
                                                             "chr",
                                                             "concat",
                                                             "concat_ws",
                                                             "count",
                                                             "cume_dist",
                                                             "date",
                                                             "date_part",
                                                             "date_trunc",
                                                             "decode",
                                                             "dense_rank",
                                                             "div",
                                                             "encode",
                                                             "every",
                                                             "exp",
                                                             "extract",
                                                             "first_value",
                                                             "floor",
                                                             "format",
                                                             "greatest",
                                                             "initcap",
                                                             "json_agg",
                                                             "json_array_length",
                                                             "json_build_array",
                                                             "json_build_object",
                                                             "json_object_agg",
                                                             "jsonb_agg",
                                                             "jsonb_array_length",
                                                             "jsonb_build_array",
                                                             "jsonb_build_object",
                                                             "jsonb_extract_path",
                                                             "jsonb_extract_path_text",
                                                             "jsonb_object_agg",
                                                             "jsonb_set",
                                                             "jsonb_strip_nulls",
                                                             "jsonb_typeof",
                                                             "justify_days",
                                                             "justify_hours",
                                                             "lag",
                                                             "last_value",
                                                             "lead",
                                                             "least",
                                                             "left",
                                                             "length",
                                                             "like_escape",
                                                             "ln",
                                                             "log",
                                                             "lower",
                                                             "ltrim",
                                                             "make_date",
                                                             "make_interval",
                                                             "max",
                                                             "md5",
                                                             "min",
                                                             "mod",
                                                             "mode",
                                                             "now",
                                                             "nth_value",
                                                             "ntile",
                                                             "nullif",
                                                             "octet_length",
                                                             "overlay",
                                                             "percent_rank",
                                                             "percentile_cont",
                                                             "percentile_disc",
                                                             "position",
                                                             "power",
                                                             "quote_literal",
                                                             "rank",
                                                             "replace",
                                                             "reverse",
                                                             "right",
                                                             "round",
                                                             "row_number",
                                                             "row_to_json",
                                                             "rtrim",
                                                             "sha256",
                                                             "sign",
                                                             "split_part",
                                                             "sqrt",
                                                             "starts_with",
                                                             "statement_timestamp",
                                                             "stddev",
                                                             "string_agg",
                                                             "string_to_array",
                                                             "strpos",
                                                             "substr",
                                                             "substring",
                                                             "sum",
                                                             "timezone",
                                                             "to_char",
                                                             "to_date",
                                                             "to_hex",
                                                             "to_json",
                                                             "to_jsonb",
                                                             "to_number",
                                                             "to_timestamp",
                                                             "transaction_timestamp",
                                                             "translate",
                                                             "trunc",
                                                             "upper",
                                                             "var_pop",
                                                             "variance"});
static_assert(std::ranges::is_sorted(kFunctions));

constexpr auto kOperators = std::to_array<std::string_view>(
    {"!=", "!~~", "!~~*", "#>", "#>>", "%", "&&", "*",  "+",  "-",  "->", "->>",
     "/",  "<",   "<=",   "<>", "<@",  "=", ">",  ">=", "@>", "||", "~~", "~~*"});
static_assert(std::ranges::is_sorted(kOperators));

constexpr auto kExpressionKinds = std::to_array<std::string_view>(
    {"AEXPR_BETWEEN", "AEXPR_BETWEEN_SYM", "AEXPR_DISTINCT", "AEXPR_ILIKE", "AEXPR_IN", "AEXPR_LIKE",
     "AEXPR_NOT_BETWEEN", "AEXPR_NOT_BETWEEN_SYM", "AEXPR_NOT_DISTINCT", "AEXPR_NULLIF", "AEXPR_OP",
     "AEXPR_OP_ALL", "AEXPR_OP_ANY"});
static_assert(std::ranges::is_sorted(kExpressionKinds));

constexpr auto kTypes = std::to_array<std::string_view>(
    {"bool", "bpchar", "bytea", "date", "float4", "float8", "int2", "int4", "int8", "interval", "json",
     "jsonb", "numeric", "text", "time", "timestamp", "timestamptz", "uuid", "varchar"});
static_assert(std::ranges::is_sorted(kTypes));

constexpr auto kConstraints = std::to_array<std::string_view>(
    {"CONSTR_ATTR_DEFERRABLE", "CONSTR_ATTR_DEFERRED", "CONSTR_ATTR_IMMEDIATE", "CONSTR_ATTR_NOT_DEFERRABLE",
     "CONSTR_CHECK", "CONSTR_DEFAULT", "CONSTR_FOREIGN", "CONSTR_GENERATED", "CONSTR_NOTNULL", "CONSTR_NULL",
     "CONSTR_PRIMARY", "CONSTR_UNIQUE"});
static_assert(std::ranges::is_sorted(kConstraints));

constexpr auto kValueFunctions =
    std::to_array<std::string_view>({"SVFOP_CURRENT_DATE", "SVFOP_CURRENT_TIME", "SVFOP_CURRENT_TIMESTAMP",
                                     "SVFOP_CURRENT_TIMESTAMP_N", "SVFOP_CURRENT_TIME_N", "SVFOP_LOCALTIME",
                                     "SVFOP_LOCALTIMESTAMP", "SVFOP_LOCALTIMESTAMP_N", "SVFOP_LOCALTIME_N"});
static_assert(std::ranges::is_sorted(kValueFunctions));

constexpr auto kSystemColumns =
    std::to_array<std::string_view>({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"});
static_assert(std::ranges::is_sorted(kSystemColumns));

// Prefixes of functions whose names are also refused as columns.
constexpr auto kSystemPrefixes = std::to_array<std::string_view>({"lo_", "pg_"});

template <class List>
bool has(const List& list, std::string_view name) noexcept {
    return std::ranges::binary_search(list, name);
}

}  // namespace

bool is_query_node(std::string_view name) noexcept {
    return has(kQueryNodes, name);
}
bool is_definition_node(std::string_view name) noexcept {
    return has(kDefinitionNodes, name);
}
bool is_query_field(std::string_view name) noexcept {
    return has(kQueryFields, name);
}
bool is_definition_field(std::string_view name) noexcept {
    return has(kDefinitionFields, name);
}
bool is_function(std::string_view name) noexcept {
    return has(kFunctions, name);
}
bool is_operator(std::string_view name) noexcept {
    return has(kOperators, name);
}
bool is_expression_kind(std::string_view name) noexcept {
    return has(kExpressionKinds, name);
}
bool is_type(std::string_view name) noexcept {
    return has(kTypes, name);
}
bool is_constraint(std::string_view name) noexcept {
    return has(kConstraints, name);
}
bool is_value_function(std::string_view name) noexcept {
    return has(kValueFunctions, name);
}
bool is_system_column(std::string_view name) noexcept {
    return has(kSystemColumns, name) || name.find("_to_xml") != std::string_view::npos ||
           std::ranges::any_of(kSystemPrefixes,
                               [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace mortise::storage::grammar
