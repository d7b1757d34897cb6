#include "model_schema.hpp"

#include "dmn/allowed_values.hpp"
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

// The item definitions of the documents, by name.
using Items = std::map<std::string, dmn::ItemDefinition, std::less<>>;

Items items_of(const std::vector<SourceFile>& files) {
    Items items;
    dmn::Faults faults;
    for (const SourceFile& file : files)
        if (const auto definitions = dmn::read_definitions(file.xml, file.name, {}, faults))
            for (const dmn::ItemDefinition& item : definitions->item_definitions)
                items.emplace(item.name, item);
    return items;
}

// Where a type was defined.
struct Place {
    const dmn::ItemDefinition* item = nullptr;  // null: unknown
    bool is_element = false;                    // of its items, if it is a collection

    const dmn::ItemDefinition* component(std::string_view name) const {
        if (item == nullptr) return nullptr;
        const auto found = std::ranges::find(item->components, name, &dmn::ItemDefinition::name);
        return found == item->components.end() ? nullptr : &*found;
    }
    // As FEEL writes what is allowed there; empty if all is.
    std::string allowed() const {
        std::string all;
        if (item == nullptr) return all;
        if ((is_element || !item->is_collection) && item->allowed_values) all = item->allowed_values->text;
        if (!is_element && item->type_constraint)
            all.append(all.empty() ? "" : "; ").append(item->type_constraint->text);
        return all;
    }
};

// What a type says together with those that it names.
struct Description {
    std::string title;
    std::string allowed;
    std::vector<const dmn::AllowedValues*> constraints;
    Place place;  // of the innermost, which has the components
};

bool is_point(const feel::UnaryTests::Interval& interval) {
    feel::Evaluation evaluation;
    return interval.low_included && interval.high_included &&
           equal(interval.low, interval.high, evaluation) == feel::Truth::kTrue;
}

// Writes types as JSON Schema. A type may hold others many times over, so that what is written is bounded:
// beyond it any value is allowed.
class SchemaWriter {
 public:
    SchemaWriter(JsonWriter& json, const Items& items) : json_(json), items_(items) {}

    void write(const feel::Type& type, const Place& place = {}) {
        json_.begin_object();
        if (left_ > 0) {
            --left_;
            const Description description = describe(type, place);
            if (!description.title.empty()) json_.member("title", description.title);
            write_kind(type, description.place);
            write_allowed(description);
        }
        json_.end_object();
    }

 private:
    Description describe(const feel::Type& type, const Place& place) const {
        Description all{.place = place};
        all.allowed = place.allowed();
        for (const feel::Type* at = &type;; at = &at->base()) {
            if (const auto* values = dynamic_cast<const dmn::AllowedValues*>(at->constraint()))
                all.constraints.push_back(values);
            if (const std::string& name = at->name(); !name.empty()) {
                if (all.title.empty()) all.title = name;
                enter(name, all);
            }
            if (at->base().is_any() && at->base().constraint() == nullptr) return all;
        }
    }
    void enter(const std::string& name, Description& all) const {
        const auto found = items_.find(name);
        if (found == items_.end() || all.place.item == &found->second) return;
        all.place = {&found->second};
        const std::string allowed = all.place.allowed();
        if (!allowed.empty()) all.allowed.append(all.allowed.empty() ? "" : "; ").append(allowed);
    }

    void write_kind(const feel::Type& type, const Place& place) {
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
                return write(type.element(), {place.item, true});
            case Kind::kContext:
                named("object");
                json_.key("properties").begin_object();
                for (const feel::Type::Member& member : type.members()) {
                    json_.key(member.name);
                    write(member.type, {place.component(member.name)});
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
    // JSON Schema has one of each, so that further constraints stand in `allOf`.
    void write_allowed(const Description& description) {
        if (!description.allowed.empty())
            json_.member("description", "Allowed values: " + description.allowed);
        const auto& constraints = description.constraints;
        if (constraints.empty()) return;
        write_constraint(constraints.front()->tests());
        if (constraints.size() == 1) return;
        json_.key("allOf").begin_array();
        for (std::size_t i = 1; i < constraints.size(); ++i) {
            json_.begin_object();
            write_constraint(constraints[i]->tests());
            json_.end_object();
        }
        json_.end_array();
    }
    void write_constraint(const feel::UnaryTests& tests) {
        const auto intervals = tests.intervals();
        if (tests.negated() || intervals.empty()) return;
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
    const Items& items_;
    std::size_t left_ = 20'000;  // types that may still be written
};

std::optional<std::string_view> kind_of(const dmn::Model::Entry& entry) {
    if (!entry.import_path.empty()) return std::nullopt;
    if (entry.kind == dmn::NodeKind::kDecision) return "decision";
    if (entry.kind == dmn::NodeKind::kService) return "decision_service";
    return std::nullopt;
}

}  // namespace

std::string decisions_to_json(const dmn::Model& model, const std::vector<SourceFile>& files,
                              std::optional<std::uint32_t> only) {
    const Items items = items_of(files);
    JsonWriter json;
    SchemaWriter schema(json, items);
    json.begin_object().key("items").begin_array();
    for (const dmn::Model::Entry& entry : model.entries()) {
        const auto kind = kind_of(entry);
        if (!kind || (only && *only != entry.index)) continue;
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
