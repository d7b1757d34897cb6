#include "core/storage/postgres_tree.hpp"

#include "core/storage/judge.hpp"
#include "core/storage/judge_format.hpp"
#include "core/storage/postgres_grammar.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::storage {
namespace {

using base::Status;
using nlohmann::json;

constexpr std::size_t kMaxDepth = 300;
constexpr std::size_t kMaxNodes = 50000;
constexpr std::size_t kMaxTables = 64;  // named in one statement
constexpr auto kQueries =
    std::to_array<std::string_view>({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"});
constexpr std::string_view kTenantSetting = "mortise.tenant";

std::string text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The texts of a list of String nodes; nullopt if there is another node.
std::optional<std::vector<std::string>> strings(const json& list) {
    std::vector<std::string> found;
    for (const auto& item : list) {
        const auto node = item.find("String");
        if (node == item.end()) return std::nullopt;
        found.push_back(text(*node, "sval"));
    }
    return found;
}

// The last of a name's parts, if it stands alone or in pg_catalog, where the parser itself puts some names.
std::optional<std::string> plain_name(const json& object, const char* key) {
    const auto list = object.find(key);
    if (list == object.end()) return std::nullopt;
    const auto parts = strings(*list);
    if (!parts || parts->empty() || parts->size() > 2) return std::nullopt;
    if (parts->size() == 2 && parts->front() != "pg_catalog") return std::nullopt;
    return parts->back();
}

bool is_node(const std::string& key) {
    return key[0] >= 'A' && key[0] <= 'Z';
}

// Walks one statement. Whatever node or field the grammar does not list is refused, so that a kind of
// statement nobody thought of is, too.
class Walker {
 public:
    Walker(const PlainNames& names, std::size_t parameters, bool defining)
        : names_(names), parameters_(parameters), defining_(defining) {}

    Status walk(const json& value) {
        if (++nodes_ > kMaxNodes || depth_ > kMaxDepth)
            return sql_refused("it is too large or nested too deeply");
        ++depth_;
        auto status = value.is_array() ? walk_list(value) : value.is_object() ? walk_object(value) : Status{};
        --depth_;
        return status;
    }

    Status check_totals() const {
        std::size_t product = 1;
        for (const auto& cte : ctes_)
            if (product <= kMaxCteProduct) product *= std::max<std::size_t>(1, cte.references);
        if (product > kMaxCteProduct)
            return sql_refused("the references to its common table expressions multiply to more than " +
                               std::to_string(kMaxCteProduct));
        return {};
    }

 private:
    struct Cte {
        std::string name;
        std::size_t references = 0;
    };

    Status walk_list(const json& list) {
        for (const auto& item : list)
            MORTISE_TRY(walk(item));
        return {};
    }

    Status walk_object(const json& object) {
        const auto scope = visible_.size();
        if (const auto with = object.find("withClause"); with != object.end()) MORTISE_TRY(enter_with(*with));
        MORTISE_TRY(check_object(object));
        for (const auto& [key, value] : object.items()) {
            if (key == "withClause") continue;
            MORTISE_TRY(is_node(key) ? check_node(key, value) : check_field(key, value));
            MORTISE_TRY(walk(value));
        }
        visible_.resize(scope);
        return {};
    }

    // Names are visible as PostgreSQL sees them: all at once with RECURSIVE, else each after its definition.
    // A name seen too early would be a table of the host.
    Status enter_with(const json& with) {
        const auto ctes = with.find("ctes");
        if (ctes == with.end()) return sql_refused("a WITH without a definition");
        const bool recursive = with.value("recursive", false);
        if (recursive)
            for (const auto& item : *ctes)
                define(item);
        for (const auto& item : *ctes) {
            MORTISE_TRY(walk(item));
            if (!recursive) define(item);
        }
        return {};
    }

    void define(const json& item) {
        const auto cte = item.find("CommonTableExpr");
        if (cte == item.end()) return;
        ctes_.push_back({text(*cte, "ctename"), 0});
        visible_.push_back(&ctes_.back());
    }

    Status check_node(const std::string& name, const json& value) {
        const bool known = grammar::is_query_node(name) || (defining_ && grammar::is_definition_node(name));
        if (!known) return sql_refused(name + " is not allowed");
        const auto check = checks().find(name);
        return check == checks().end() ? Status{} : (this->*check->second)(value);
    }

    Status check_field(const std::string& name, const json& value) {
        const bool known = grammar::is_query_field(name) || (defining_ && grammar::is_definition_field(name));
        if (!known) return sql_refused("the clause " + name + " is not allowed");
        // These name a table that a common table expression never stands for.
        if ((name == "relation" || name == "pktable") && value.is_object()) {
            const auto table = text(value, "relname");
            if (!names_.owns(table)) return sql_refused("table " + table + " is not the plugin's own");
        }
        return name == "typeName" ? check_type(value) : Status{};
    }

    // Parts that stand without their node's name around them.
    Status check_object(const json& object) {
        if (object.contains("relname")) return check_table(object);
        if (object.contains("funcname")) return check_function(object);
        return {};
    }

    Status check_table(const json& table) {
        const auto name = text(table, "relname");
        if (table.contains("schemaname") || table.contains("catalogname"))
            return sql_refused("table " + name + " is named with a schema");
        if (text(table, "relpersistence") != "p")
            return sql_refused("table " + name + " is temporary or unlogged");
        if (++tables_ > kMaxTables) return sql_refused("it names too many tables");
        for (auto cte = visible_.rbegin(); cte != visible_.rend(); ++cte) {
            if ((*cte)->name != name) continue;
            ++(*cte)->references;
            return {};
        }
        if (!names_.owns(name)) return sql_refused("table " + name + " is not the plugin's own");
        if (!names_.tables.contains(name)) return sql_refused("there is no table " + name);
        return {};
    }

    Status check_function(const json& call) {
        const auto name = plain_name(call, "funcname");
        if (!name) return sql_refused("a function is named with a schema");
        if (*name == "current_setting") return check_setting(call);
        if (!grammar::is_function(*name)) return sql_refused("function " + *name + " is not allowed");
        return {};
    }

    static Status check_setting(const json& call) {
        const auto arguments = call.value("args", json::array());
        const auto path = json::json_pointer("/0/A_Const/sval/sval");
        if (arguments.size() == 1 && arguments.contains(path) && arguments.at(path) == kTenantSetting)
            return {};
        return sql_refused("current_setting is allowed for " + std::string(kTenantSetting) + " only");
    }

    Status check_type(const json& type) {
        const auto name = plain_name(type, "names");
        if (!name || !grammar::is_type(*name))
            return sql_refused("type " + name.value_or("?") + " is not allowed");
        return {};
    }

    Status check_expression(const json& expression) {
        const auto kind = text(expression, "kind");
        if (!grammar::is_expression_kind(kind)) return sql_refused(kind + " is not allowed");
        const auto name = plain_name(expression, "name");
        // BETWEEN is written as an operator of that name.
        const bool known = name && (grammar::is_operator(*name) || kind.find("BETWEEN") != std::string::npos);
        if (!known) return sql_refused("operator " + name.value_or("?") + " is not allowed");
        return {};
    }

    Status check_sublink(const json& link) {
        if (!link.contains("operName")) return {};
        const auto name = plain_name(link, "operName");
        if (!name || !grammar::is_operator(*name))
            return sql_refused("operator " + name.value_or("?") + " is not allowed");
        return {};
    }

    Status check_column(const json& column) {
        for (const auto& field : column.value("fields", json::array())) {
            const auto name = field.find("String");
            if (name != field.end() && grammar::is_system_column(text(*name, "sval")))
                return sql_refused("column " + text(*name, "sval") + " is PostgreSQL's own");
        }
        return {};
    }

    Status check_parameter(const json& parameter) {
        const auto number = parameter.value("number", 0);
        if (number >= 1 && static_cast<std::size_t>(number) <= parameters_) return {};
        return sql_refused("it has a parameter that it does not declare");
    }

    Status check_value_function(const json& function) {
        const auto name = text(function, "op");
        if (grammar::is_value_function(name)) return {};
        return sql_refused(name + " is not allowed");
    }

    Status check_definition(const json& cte) {
        // Read as a table of this name wherever the definition is not visible.
        if (names_.owns(text(cte, "ctename"))) return sql_refused("a WITH has the name of a table");
        return {};
    }

    Status check_constraint(const json& constraint) {
        const auto kind = text(constraint, "contype");
        if (!grammar::is_constraint(kind)) return sql_refused(kind + " is not allowed");
        const auto name = text(constraint, "conname");
        if (!name.empty() && !names_.owns(name))
            return sql_refused("constraint " + name + " must be named " + names_.owner + "__…");
        return {};
    }

    using Check = Status (Walker::*)(const json&);
    static const std::map<std::string, Check, std::less<>>& checks() {
        static const std::map<std::string, Check, std::less<>> kChecks = {
            {"A_Expr", &Walker::check_expression},
            {"ColumnRef", &Walker::check_column},
            {"CommonTableExpr", &Walker::check_definition},
            {"Constraint", &Walker::check_constraint},
            {"ParamRef", &Walker::check_parameter},
            {"SQLValueFunction", &Walker::check_value_function},
            {"SubLink", &Walker::check_sublink},
            {"TypeName", &Walker::check_type},
        };
        return kChecks;
    }

    const PlainNames& names_;
    const std::size_t parameters_;
    const bool defining_;
    std::size_t depth_ = 0;
    std::size_t nodes_ = 0;
    std::size_t tables_ = 0;
    std::deque<Cte> ctes_;
    std::vector<Cte*> visible_;
};

// What a statement's only key is, and what it holds.
std::pair<std::string, json> kind_of(const json& statement) {
    if (!statement.is_object() || statement.size() != 1) return {"an empty statement", json::object()};
    return {statement.begin().key(), statement.begin().value()};
}

bool is_query(std::string_view kind) {
    return std::ranges::find(kQueries, kind) != kQueries.end();
}

Status walk_whole(const PlainNames& names, const json& statement, std::size_t parameters, bool defining) {
    Walker walker(names, parameters, defining);
    MORTISE_TRY(walker.walk(statement));
    return walker.check_totals();
}

Status create_table(PlainNames& names, const json& body) {
    const auto name = text(body.value("relation", json::object()), "relname");
    if (!names.owns(name)) return sql_refused("table " + name + " is not the plugin's own");
    names.tables.insert(name);
    return {};
}

constexpr std::string_view kTenantColumn = "tenant_id";

Status check_index(const PlainNames& names, const json& body) {
    const auto name = text(body, "idxname");
    const auto first = json::json_pointer("/indexParams/0/IndexElem/name");
    if (body.value("unique", false) && (!body.contains(first) || body.at(first) != kTenantColumn))
        return sql_refused("unique index " + name + " must begin with tenant_id");
    if (!names.owns(name)) return sql_refused("index " + name + " must be named " + names.owner + "__…");
    if (text(body, "accessMethod") != "btree") return sql_refused("only btree indexes are allowed");
    return {};
}

Status check_alter(const json& body) {
    for (const auto& item : body.value("cmds", json::array())) {
        const auto command = item.value("AlterTableCmd", json::object());
        const auto kind = text(command, "subtype");
        if (kind != "AT_AddColumn" && kind != "AT_DropColumn")
            return sql_refused("ALTER TABLE may only add, rename and drop columns, not " + kind);
        if (text(command, "behavior") == "DROP_CASCADE") return sql_refused("CASCADE is not allowed");
        if (text(command, "name") == kTenantColumn) return sql_refused("the column tenant_id must stay");
    }
    return {};
}

Status rename(PlainNames& names, const json& body) {
    const auto kind = text(body, "renameType");
    if (kind == "OBJECT_COLUMN" && text(body, "subname") == kTenantColumn)
        return sql_refused("the column tenant_id must stay");
    if (kind == "OBJECT_COLUMN") return {};
    const auto name = text(body, "newname");
    if (kind != "OBJECT_TABLE") return sql_refused("RENAME of " + kind + " is not allowed");
    if (!names.owns(name)) return sql_refused("table " + name + " must be named " + names.owner + "__…");
    names.tables.erase(text(body.value("relation", json::object()), "relname"));
    names.tables.insert(name);
    return {};
}

Status drop(PlainNames& names, const json& body) {
    const auto kind = text(body, "removeType");
    if (kind != "OBJECT_TABLE" && kind != "OBJECT_INDEX")
        return sql_refused("DROP of " + kind + " is not allowed");
    if (text(body, "behavior") == "DROP_CASCADE") return sql_refused("CASCADE is not allowed");
    for (const auto& object : body.value("objects", json::array())) {
        const auto parts = strings(object.value("List", json::object()).value("items", json::array()));
        if (!parts || parts->size() != 1 || !names.owns(parts->front()))
            return sql_refused("only the plugin's own tables and indexes can be dropped");
        names.tables.erase(parts->front());
    }
    return {};
}

bool is_star(const json& target) {
    const auto path = json::json_pointer("/ResTarget/val/ColumnRef/fields");
    if (!target.contains(path)) return false;
    const auto& fields = target.at(path);
    return std::ranges::any_of(fields, [](const json& field) { return field.contains("A_Star"); });
}

}  // namespace

Status judge_query(const PlainNames& names, const json& statement, std::size_t parameters) {
    const auto kind = kind_of(statement).first;
    if (!is_query(kind)) return sql_refused("a statement is a SELECT, INSERT, UPDATE or DELETE, not " + kind);
    return walk_whole(names, statement, parameters, false);
}

Status judge_definition(PlainNames& names, const json& statement) {
    const auto [kind, body] = kind_of(statement);
    if (is_query(kind)) return walk_whole(names, statement, 0, false);
    if (kind == "CreateStmt") MORTISE_TRY(create_table(names, body));
    MORTISE_TRY(walk_whole(names, statement, 0, true));
    if (kind == "IndexStmt") return check_index(names, body);
    if (kind == "AlterTableStmt") return check_alter(body);
    if (kind == "RenameStmt") return rename(names, body);
    if (kind == "DropStmt") return drop(names, body);
    return kind == "CreateStmt" ? Status{} : sql_refused(kind + " is not allowed in a migration");
}

base::Result<std::size_t> count_columns(const json& statement) {
    const auto [kind, body] = kind_of(statement);
    auto targets = body.value("returningList", json::array());
    if (kind == "SelectStmt") {
        json select = body;
        while (select.contains("larg"))
            select = select.at("larg");
        const auto rows = select.value("valuesLists", json::array());
        if (!rows.empty()) return rows.front().at("List").value("items", json::array()).size();
        targets = select.value("targetList", json::array());
    }
    if (std::ranges::any_of(targets, is_star)) return sql_refused("name the columns instead of *");
    return targets.size();
}

}  // namespace mortise::storage
