#include "dmn/tests/tck.hpp"

#include "dmn/xml.hpp"
#include "feel/evaluation.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace rules::dmn::tck {
namespace {

using feel::Value;

template <class Parsed>
Value made(const std::optional<Parsed>& parsed, Value (*make)(Parsed), const std::string& text) {
    if (!parsed) throw std::runtime_error("cannot read the value '" + text + "'");
    return make(*parsed);
}

Value number(feel::Decimal value) {
    return Value::number(value);
}
Value years_months(feel::YearsMonthsDuration value) {
    return Value::duration(value);
}
Value days_time(feel::DaysTimeDuration value) {
    return Value::duration(value);
}

Value read_duration(const std::string& text) {
    if (const auto months = feel::parse_years_months(text)) return years_months(*months);
    return made(feel::parse_days_time(text), days_time, text);
}

Value read_simple(pugi::xml_node node) {
    if (node.attribute("xsi:nil").as_bool()) return {};
    const std::string text = xml_text(node);
    const std::string type = node.attribute("xsi:type").value();
    const std::string name = type.substr(xml_prefix(type).empty() ? 0 : xml_prefix(type).size() + 1);
    if (name == "boolean") return Value::boolean(text == "true" || text == "1");
    if (name == "date") return made(feel::Date::parse(text), Value::date, text);
    if (name == "time") return made(feel::Time::parse(text), Value::time, text);
    if (name == "dateTime") return made(feel::DateTime::parse(text), Value::date_time, text);
    if (name == "duration") return read_duration(text);
    if (name == "decimal" || name == "double" || name == "integer")
        return made(feel::Decimal::parse(text), number, text);
    return Value::string(text);
}

// Reads what stands in a document, with or without a prefix.
class CaseReader {
 public:
    explicit CaseReader(const XmlDocument& document) : document_(document) {}

    std::vector<pugi::xml_node> children(pugi::xml_node node, std::string_view name) const {
        std::vector<pugi::xml_node> found;
        for (const pugi::xml_node child : node.children())
            if (document_.local_name(child) == name) found.push_back(child);
        return found;
    }

    Case read_case(pugi::xml_node node) const {
        Case test;
        test.id = node.attribute("id").value();
        test.invocable = node.attribute("invocableName").value();
        const std::string_view type = node.attribute("type").value();
        if (type == "decisionService") test.subject = Subject::kService;
        if (type == "bkm") test.subject = Subject::kKnowledge;
        feel::ContextBuilder inputs;
        for (const pugi::xml_node input : children(node, "inputNode"))
            inputs.set(xml_name(input.attribute("name").value()), read_value(input));
        test.inputs = std::move(inputs).build();
        for (const pugi::xml_node result : children(node, "resultNode"))
            test.expectations.push_back(read_expectation(result));
        return test;
    }

 private:
    Expectation read_expectation(pugi::xml_node result) const {
        Expectation expectation{xml_name(result.attribute("name").value()), {}};
        if (result.attribute("errorResult").as_bool()) return expectation;
        for (const pugi::xml_node expected : children(result, "expected"))
            expectation.value = read_value(expected);
        return expectation;
    }

    Value read_value(pugi::xml_node holder) const {
        for (const pugi::xml_node value : children(holder, "value"))
            return read_simple(value);
        for (const pugi::xml_node list : children(holder, "list"))
            return read_list(list);
        const auto components = children(holder, "component");
        if (components.empty()) return {};
        feel::ContextBuilder context;
        for (const pugi::xml_node component : components)
            context.set(xml_name(component.attribute("name").value()), read_value(component));
        return std::move(context).build();
    }

    Value read_list(pugi::xml_node list) const {
        if (list.attribute("xsi:nil").as_bool()) return {};
        std::vector<Value> items;
        for (const pugi::xml_node item : children(list, "item"))
            items.push_back(read_value(item));
        return Value::list(std::move(items));
    }

    const XmlDocument& document_;
};

bool same_number(feel::Decimal expected, feel::Decimal got) {
    const auto difference = feel::Decimal::subtract(expected, got);
    return difference && difference->abs() <= *feel::Decimal::parse("0.00000001");
}

bool same_list(std::span<const Value> expected, std::span<const Value> got) {
    return std::equal(expected.begin(), expected.end(), got.begin(), got.end(), same);
}

bool same_context(const feel::Context& expected, const feel::Context& got) {
    if (expected.size() != got.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const Value* found = got.find(expected.name(i));
        if (found == nullptr || !same(expected.value(i), *found)) return false;
    }
    return true;
}

}  // namespace

bool Case::expects_only_null() const {
    return std::all_of(expectations.begin(), expectations.end(),
                       [](const Expectation& expectation) { return expectation.value.is_null(); });
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) throw std::runtime_error("cannot read " + file.string());
    return text.str();
}

CaseFile read_cases(const std::filesystem::path& file) {
    const std::string text = read_file(file);
    XmlDocument document;
    Faults faults;
    if (!document.parse(text, file.filename(), {}, faults))
        throw std::runtime_error(file.string() + ": " + faults[0].reason);
    const CaseReader reader(document);
    CaseFile read;
    std::string model;
    for (const pugi::xml_node name : reader.children(document.root(), "modelName"))
        model = xml_name(xml_text(name));
    if (!model.ends_with(".dmn")) model += ".dmn";
    read.model = file.parent_path() / model;
    for (const pugi::xml_node node : reader.children(document.root(), "testCase"))
        read.cases.push_back(reader.read_case(node));
    return read;
}

bool same(const Value& expected, const Value& got) {
    if (expected.kind() != got.kind()) return false;
    if (expected.is_null()) return true;
    if (expected.is_number()) return same_number(expected.as_number(), got.as_number());
    if (expected.is_list()) return same_list(expected.as_list(), got.as_list());
    if (expected.is_context()) return same_context(expected.as_context(), got.as_context());
    feel::Evaluation evaluation;
    return equal(expected, got, evaluation) == feel::Truth::kTrue;
}

}  // namespace rules::dmn::tck
