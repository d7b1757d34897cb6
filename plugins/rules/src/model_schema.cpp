#include "model_schema.hpp"

#include "dmn/read.hpp"
#include "evaluation.hpp"
#include "feel/compile.hpp"
#include "feel/json.hpp"
#include "mortise/json_writer.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::JsonWriter;

// Allowed values of the item definitions, as FEEL writes them, by the definition's name.
using AllowedValues = std::map<std::string, std::string, std::less<>>;

void collect(const dmn::ItemDefinition& item, AllowedValues& values) {
    if (!item.is_collection && item.allowed_values) values.emplace(item.name, item.allowed_values->text);
    for (const dmn::ItemDefinition& component : item.components)
        collect(component, values);
}

AllowedValues allowed_values_of(const std::vector<SourceFile>& files) {
    AllowedValues values;
    dmn::Faults faults;
    for (const SourceFile& file : files)
        if (const auto definitions = dmn::read_definitions(file.xml, file.name, {}, faults))
            for (const dmn::ItemDefinition& item : definitions->item_definitions)
                collect(item, values);
    return values;
}

bool is_point(const feel::UnaryTests::Interval& interval) {
    feel::Evaluation evaluation;
    return interval.low_included && interval.high_included &&
           equal(interval.low, interval.high, evaluation) == feel::Truth::kTrue;
}

// Writes types as JSON Schema. A type may hold others many times over, so that what is written is bounded:
// beyond it any value is allowed.
class SchemaWriter {
 public:
    SchemaWriter(JsonWriter& json, const AllowedValues& values) : json_(json), values_(values) {}

    void write(const feel::Type& type) {
        json_.begin_object();
        if (left_ > 0) {
            --left_;
            if (!type.name().empty()) json_.member("title", type.name());
            write_kind(type);
            if (type.constraint() != nullptr) write_allowed(type);
        }
        json_.end_object();
    }

 private:
    void write_kind(const feel::Type& type) {
        using Kind = feel::Type::Kind;
        switch (type.kind()) {
            case Kind::kAny:
            case Kind::kFunction:
                return;
            case Kind::kNull:
                return named("null");
            case Kind::kBoolean:
                return named("boolean");
            case Kind::kNumber:
                return named("number");
            case Kind::kString:
            case Kind::kRange:
                return named("string");
            case Kind::kDate:
                return text("date");
            case Kind::kTime:
                return text("time");
            case Kind::kDateTime:
                return text("date-time");
            case Kind::kYearsMonths:
            case Kind::kDaysTime:
                return text("duration");
            case Kind::kList:
                named("array");
                json_.key("items");
                return write(type.element());
            case Kind::kContext:
                named("object");
                json_.key("properties").begin_object();
                for (const feel::Type::Member& member : type.members()) {
                    json_.key(member.name);
                    write(member.type);
                }
                json_.end_object();
                return;
        }
    }
    void named(std::string_view type) { json_.member("type", type); }
    void text(std::string_view format) {
        named("string");
        json_.member("format", format);
    }

    // Points become an enumeration, one interval of numbers its bounds; anything else stays a description.
    void write_allowed(const feel::Type& type) {
        const auto found = values_.find(type.name());
        if (found == values_.end()) return;
        json_.member("description", "Allowed values: " + found->second);
        const auto tests = feel::compile_unary_tests(found->second, feel::Scope());
        if (!tests || tests->negated() || tests->intervals().empty()) return;
        const auto intervals = tests->intervals();
        if (std::ranges::all_of(intervals, is_point))
            write_points(intervals);
        else if (intervals.size() == 1)
            write_bounds(intervals.front());
    }
    void write_points(std::span<const feel::UnaryTests::Interval> points) {
        json_.key("enum").begin_array();
        for (const auto& point : points)
            raw(point.low);
        json_.end_array();
    }
    void write_bounds(const feel::UnaryTests::Interval& interval) {
        if (interval.low.is_number()) {
            json_.key(interval.low_included ? "minimum" : "exclusiveMinimum");
            raw(interval.low);
        }
        if (interval.high.is_number()) {
            json_.key(interval.high_included ? "maximum" : "exclusiveMaximum");
            raw(interval.high);
        }
    }
    void raw(const feel::Value& value) {
        const auto text = feel::write_json(value);
        json_.raw(text ? std::string_view(*text) : "null");
    }

    JsonWriter& json_;
    const AllowedValues& values_;
    std::size_t left_ = 20'000;  // types that may still be written
};

std::optional<std::string_view> kind_of(const dmn::Model::Entry& entry) {
    if (!entry.import_path.empty()) return std::nullopt;
    if (entry.kind == dmn::NodeKind::kDecision) return "decision";
    if (entry.kind == dmn::NodeKind::kService) return "decision_service";
    return std::nullopt;
}

}  // namespace

std::string decisions_to_json(const dmn::Model& model, const std::vector<SourceFile>& files) {
    const AllowedValues values = allowed_values_of(files);
    JsonWriter json;
    SchemaWriter schema(json, values);
    json.begin_object().key("items").begin_array();
    for (const dmn::Model::Entry& entry : model.entries()) {
        const auto kind = kind_of(entry);
        if (!kind) continue;
        json.begin_object().member("kind", *kind).member("id", entry.id).member("name", entry.name);
        json.key("input_schema");
        schema.write(inputs_type(model.inputs_of(entry.index)));
        json.key("result_schema");
        schema.write(entry.type);
        json.end_object();
    }
    return std::move(json.end_array().end_object()).text();
}

}  // namespace rules
