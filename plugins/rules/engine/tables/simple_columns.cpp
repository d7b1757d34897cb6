#include "tables/simple_columns.hpp"

#include "dmn/xml.hpp"
#include "feel/json.hpp"
#include "tables/literal.hpp"

#include <algorithm>
#include <utility>

namespace rules::tables {
namespace {

// Types of one value each; others can't be compared with in a cell.
constexpr std::string_view kTypes[] = {"number",
                                       "string",
                                       "boolean",
                                       "date",
                                       "time",
                                       "date and time",
                                       "days and time duration",
                                       "years and months duration"};

bool is_simple(std::string_view type) {
    return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

// The value as it is read where the type is wanted, or as it is.
feel::Value converted(const feel::Value& value, std::string_view type) {
    if (!value.is_string() || type == "string") return value;
    const auto text = feel::write_json(value);
    const auto wanted = feel::Type::built_in(type);
    if (!text || !wanted) return value;
    const auto read = feel::read_json(*text, *wanted);
    return read ? *read : value;
}

}  // namespace

void SimpleColumns::declare(const JsonObject& rules, std::string_view member) {
    if (!rules.has(member)) return;
    declared_ = true;
    const auto items = rules.required_items(member);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const JsonObject declared(items[i], rules.pointer(member, i), {"name", "label", "type", "values"},
                                  faults_);
        SimpleColumn column;
        column.name = dmn::xml_name(declared.required_text("name"));
        column.label = declared.text("label");
        column.type = type_name(declared);
        column.has_declared_type = !column.type.empty();
        column.pointer = rules.pointer(member, i);
        if (places_.contains(column.name))
            declared.fault("name", "duplicate_name", "'" + column.name + "' is declared twice.");
        const std::size_t place = add(std::move(column));
        if (place == kNone) return;
        const auto values = declared.items("values");
        for (std::size_t j = 0; j < values.size(); ++j)
            columns_[place].values.push_back(typed(place, values[j], declared.pointer("values", j)));
    }
}

std::size_t SimpleColumns::use(const std::string& name, const std::string& pointer) {
    const std::string known = dmn::xml_name(name);
    const auto found = places_.find(known);
    if (found != places_.end()) return found->second;
    if (known.empty()) return kNone;  // told where the name is missing
    if (declared_) {
        faults_.add(pointer, "unknown_name", "'" + known + "' is not declared.");
        return kNone;
    }
    SimpleColumn column;
    column.name = known;
    column.pointer = pointer;
    return add(std::move(column));
}

std::size_t SimpleColumns::add(SimpleColumn column) {
    if (columns_.size() == most_) {
        faults_.add(column.pointer, "too_many", "There are more than " + std::to_string(most_) + " columns.");
        return kNone;
    }
    const std::size_t place = columns_.size();
    places_.emplace(column.name, place);
    columns_.push_back(std::move(column));
    return place;
}

feel::Value SimpleColumns::typed(std::size_t at, const feel::Value& value, const std::string& pointer) {
    SimpleColumn& column = columns_[at];
    if (value.is_null()) return value;
    feel::Value read = converted(value, column.type);
    const std::string_view kind = kind_name(read.kind());
    if (!is_simple(kind)) {
        faults_.add(pointer, "wrong_type",
                    "Must be one value: a text, a number, true, false, or a tagged value.");
        return {};
    }
    if (column.type.empty()) column.type = kind;
    if (kind == column.type) return read;
    faults_.add(pointer, "wrong_type",
                "'" + column.name + "' is a " + column.type + ", and this is a " + std::string(kind) + ".");
    return {};
}

feel::Value SimpleColumns::loosely_typed(std::size_t at, const feel::Value& value,
                                         const std::string& pointer) {
    const SimpleColumn& column = columns_[at];
    if (column.mixed || value.is_null()) return value;
    const std::string_view kind = kind_name(value.kind());
    const bool fits = is_simple(kind) && (column.type.empty() || column.type == kind);
    if (fits || column.has_declared_type) return typed(at, value, pointer);
    forget_type(at);
    return value;
}

void SimpleColumns::forget_type(std::size_t at) {
    SimpleColumn& column = columns_[at];
    if (column.has_declared_type) return;
    column.mixed = true;
    column.type.clear();
}

std::string SimpleColumns::values_of(std::size_t at) const {
    std::string text;
    for (const feel::Value& value : columns_[at].values)
        text.append(text.empty() ? "" : ", ").append(feel_literal(value));
    return text;
}

std::string SimpleColumns::type_name(const JsonObject& declared) {
    std::string name = declared.text("type");
    std::replace(name.begin(), name.end(), '_', ' ');
    if (name.empty() || is_simple(name)) return name;
    std::string names;
    for (const std::string_view type : kTypes)
        names.append(names.empty() ? "" : ", ").append(type);
    declared.fault("type", "unknown_type", "The types are: " + names + ".");
    return {};
}

}  // namespace rules::tables
