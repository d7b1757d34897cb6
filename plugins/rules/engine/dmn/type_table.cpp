#include "dmn/type_table.hpp"

#include "dmn/allowed_values.hpp"

#include <algorithm>
#include <utility>

namespace rules::dmn {
namespace {

// Names of XML Schema that DMN's own schema lists for FEEL's types, and Camunda's names.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"dateTime", "date and time"},
    {"dayTimeDuration", "days and time duration"},
    {"yearMonthDuration", "years and months duration"},
    {"integer", "number"},
    {"long", "number"},
    {"double", "number"},
};

std::optional<feel::Type> built_in(std::string_view name) {
    if (auto type = feel::Type::built_in(name)) return type;
    for (const auto& [alias, meant] : kAliases)
        if (name == alias) return feel::Type::built_in(meant);
    return std::nullopt;
}

}  // namespace

// Makes the types of item definitions in the order in which they need each other.
class TypeTable::Builder {
 public:
    Builder(TypeTable& table, TextCompiler& compiler, const Limits& limits)
        : table_(table), compiler_(compiler), limits_(limits) {
        for (const ItemDefinition& item : table.definitions_.item_definitions)
            definitions_.emplace(item.name, &item);
    }

    void build_all() {
        for (const ItemDefinition& item : table_.definitions_.item_definitions)
            build(item);
    }

 private:
    const feel::Type& build(const ItemDefinition& item) {
        static const feel::Type kAny;
        const auto known = table_.types_.find(item.name);
        if (known != table_.types_.end()) return known->second;
        if (std::find(open_.begin(), open_.end(), &item) != open_.end()) {
            compiler_.fault(item, "type_cycle", "The type '" + item.name + "' contains itself.");
            return kAny;
        }
        if (open_.size() >= limits_.max_type_depth) {
            compiler_.fault(
                item, "types_too_deep",
                "Types refer to types deeper than " + std::to_string(limits_.max_type_depth) + ".");
            return kAny;
        }
        open_.push_back(&item);
        feel::Type type = make(item, item.name);
        open_.pop_back();
        table_.scope_.declare_type(item.name, type);
        return table_.types_.emplace(item.name, std::move(type)).first->second;
    }

    // Allowed values restrict each item of a collection, a type constraint the collection (7.3.3). Only the
    // types of the document have names, those of components have none.
    feel::Type make(const ItemDefinition& item, const std::string& name) {
        compiler_.enter(item);
        feel::Type type = base(item);
        auto allowed = compiler_.allowed_values(item.allowed_values, table_.scope_, type);
        if (allowed || !item.is_collection)
            type = feel::Type::named(type, item.is_collection ? "" : name, std::move(allowed));
        if (item.is_collection) type = feel::Type::list(std::move(type));
        auto constraint = compiler_.allowed_values(item.type_constraint, table_.scope_, type);
        if (constraint || item.is_collection) type = feel::Type::named(type, name, std::move(constraint));
        return type;
    }

    feel::Type base(const ItemDefinition& item) {
        if (!item.components.empty()) return record(item);
        if (item.function) return function(*item.function, item);
        return reference(item.type, item);
    }

    feel::Type record(const ItemDefinition& item) {
        std::vector<feel::Type::Member> members;
        for (const ItemDefinition& component : item.components)
            members.push_back({component.name, make(component, "")});
        return feel::Type::context(std::move(members));
    }

    feel::Type function(const FunctionItem& function, const ItemDefinition& item) {
        std::vector<feel::Type> parameters;
        for (const InformationItem& parameter : function.parameters)
            parameters.push_back(reference(parameter.type, item));
        return feel::Type::function(std::move(parameters), reference(function.output, item));
    }

    feel::Type reference(const TypeName& name, const ItemDefinition& item) {
        if (name.uri.empty() || name.uri == table_.definitions_.uri)
            if (const auto own = definitions_.find(name.name); own != definitions_.end())
                return build(*own->second);
        return table_.resolve(name, item, compiler_);
    }

    TypeTable& table_;
    TextCompiler& compiler_;
    const Limits& limits_;
    std::map<std::string_view, const ItemDefinition*> definitions_;
    std::vector<const ItemDefinition*> open_;
};

TypeTable::TypeTable(const Definitions& definitions, std::vector<Imported> imports, TextCompiler& compiler,
                     const Limits& limits)
    : definitions_(definitions), imports_(std::move(imports)) {
    for (const Imported& import : imports_)
        for (const auto& [name, type] : import.table->types_)
            scope_.declare_type(import.name.empty() ? name : import.name + "." + name, type);
    Builder(*this, compiler, limits).build_all();
}

feel::Type TypeTable::resolve(const TypeName& name, const Element& element, TextCompiler& compiler) const {
    if (name.empty()) return {};
    if (auto found = find(name)) return *std::move(found);
    if (auto written = feel::compile_type(name.name, scope_, compiler.limits()); written && name.uri.empty())
        return *std::move(written);
    compiler.fault(element, "unknown_type", "There is no type '" + name.name + "'.");
    return {};
}

std::optional<feel::Type> TypeTable::find(const TypeName& name) const {
    const bool own = name.uri.empty() || name.uri == definitions_.uri;
    if (own)
        if (const auto found = types_.find(name.name); found != types_.end()) return found->second;
    if (auto imported = find_imported(name)) return imported;
    if (!own && name.uri.find("FEEL") == std::string::npos) return std::nullopt;
    // Without a declaration of the prefix, `feel:string` can mean one thing only.
    const std::string_view text = name.name;
    return built_in(text.starts_with("feel:") ? text.substr(5) : text);
}

std::optional<feel::Type> TypeTable::find_imported(const TypeName& name) const {
    for (const Imported& import : imports_) {
        std::string_view rest = name.name;
        const bool by_uri = !name.uri.empty() && name.uri == import.uri;
        if (!by_uri && !import.name.empty()) {
            if (!rest.starts_with(import.name + ".")) continue;
            rest.remove_prefix(import.name.size() + 1);
        }
        if (const auto found = import.table->types_.find(rest); found != import.table->types_.end())
            return found->second;
        if (auto deeper = import.table->find_imported({std::string(rest), name.uri, 0})) return deeper;
    }
    return std::nullopt;
}

}  // namespace rules::dmn
