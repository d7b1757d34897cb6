#include "tables/simple_rules.hpp"

#include "feel/compile.hpp"
#include "feel/json.hpp"
#include "tables/condition.hpp"
#include "tables/input_tree.hpp"
#include "tables/literal.hpp"
#include "tables/new_model.hpp"
#include "tables/simple_columns.hpp"

#include <map>
#include <utility>

namespace rules::tables {
namespace {

using feel::Value;

class Reader {
 public:
    Reader(const Value& document, Faults& faults, const Limits& limits)
        : faults_(faults),
          faults_before_(faults.size()),
          rules_(
              document, "",
              {"name", "description", "hit_policy", "aggregation", "inputs", "outputs", "rules", "otherwise"},
              faults),
          limits_(limits),
          inputs_(limits.max_columns, faults),
          outputs_(limits.max_columns, faults) {}

    SimpleRules read() {
        SimpleRules read;
        read.table.name = rules_.required_text("name");
        if (!read.table.name.empty() && !feel::is_name(read.table.name))
            rules_.fault("name", "bad_name",
                         "A name begins with a letter, and has letters, digits and blanks.");
        read.description = rules_.text("description");
        read_policy(read.table);
        inputs_.declare(rules_, "inputs");
        outputs_.declare(rules_, "outputs");
        read_rules();
        const auto otherwise = read_actions(rules_, "otherwise");
        make_columns(read, otherwise);
        // Cells can be written of conditions that are whole.
        if (flawless()) make_rows(read);
        return read;
    }

    bool flawless() const { return faults_.size() == faults_before_ && faults_.complete(); }

 private:
    struct Cell {
        std::string text;
        std::string pointer;  // of its FEEL; empty if it is of a value
    };
    using Cells = std::map<std::size_t, Cell>;

    // What a rule says of its columns, by their places.
    struct Read {
        std::string id;
        std::string description;
        std::map<std::size_t, std::vector<Condition>> conditions;
        Cells tests;  // in FEEL
        Cells outputs;
    };

    void read_policy(Table& table) {
        table.hit_policy = dmn::HitPolicy::kFirst;
        if (const std::string name = rules_.text("hit_policy"); !name.empty()) {
            const auto policy = find_hit_policy(name);
            if (!policy)
                rules_.fault("hit_policy", "unknown_hit_policy",
                             "The hit policies are first, unique, any, priority, collect, rule_order and "
                             "output_order.");
            table.hit_policy = policy.value_or(table.hit_policy);
        }
        const std::string name = rules_.text("aggregation");
        const auto aggregation = find_aggregation(name);
        if (!aggregation)
            rules_.fault("aggregation", "unknown_aggregation",
                         "The aggregations are sum, count, min and max.");
        else if (*aggregation != dmn::Aggregation::kNone && table.hit_policy != dmn::HitPolicy::kCollect)
            rules_.fault("aggregation", "misplaced_aggregation", "Only the hit policy collect has one.");
        table.aggregation = aggregation.value_or(table.aggregation);
    }

    void read_rules() {
        const auto rules = rules_.required_items("rules");
        if (rules.size() > limits_.max_rows) {
            rules_.fault("rules", "too_many",
                         "There are more than " + std::to_string(limits_.max_rows) + " rules.");
            return;
        }
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const JsonObject rule(rules[i], rules_.pointer("rules", i),
                                  {"id", "description", "conditions", "actions"}, faults_);
            Read read;
            read.id = rule.text("id");
            read.description = rule.text("description");
            read_conditions(rule, read);
            (void)rule.required_items("actions");
            read.outputs = read_actions(rule, "actions");
            read_.push_back(std::move(read));
        }
    }

    void read_conditions(const JsonObject& rule, Read& read) {
        const auto conditions = rule.items("conditions");
        for (std::size_t i = 0; i < conditions.size(); ++i) {
            const JsonObject condition(conditions[i], rule.pointer("conditions", i),
                                       {"input", "operator", "value", "feel"}, faults_);
            const std::size_t column =
                inputs_.use(condition.required_text("input"), condition.pointer("input"));
            if (column == SimpleColumns::kNone) continue;
            if (condition.has("feel"))
                read_test(condition, column, read);
            else
                read_condition(condition, column, read);
        }
    }

    void read_test(const JsonObject& condition, std::size_t column, Read& read) {
        if (condition.has("operator") || condition.has("value"))
            condition.fault("feel", "conflict", "Give feel, or operator and value.");
        if (read.conditions.contains(column) ||
            !read.tests.emplace(column, Cell{condition.required_text("feel"), condition.pointer("feel")})
                 .second)
            condition.fault("input", "conflict",
                            "Besides a test in FEEL a rule has no other of the same input.");
    }

    void read_condition(const JsonObject& condition, std::size_t column, Read& read) {
        const std::string name = condition.required_text("operator");
        const OperatorInfo* found = find_operator(name);
        if (found == nullptr) {
            if (!name.empty())
                condition.fault("operator", "unknown_operator",
                                "The operators are " + operator_names() + ".");
            return;
        }
        if (read.tests.contains(column))
            condition.fault("input", "conflict",
                            "Besides a test in FEEL a rule has no other of the same input.");
        read.conditions[column].push_back({found->kind, read_operands(condition, column, *found)});
    }

    std::vector<Value> read_operands(const JsonObject& condition, std::size_t column,
                                     const OperatorInfo& info) {
        std::vector<Value> values;
        if (info.operands == Operands::kNone) {
            if (condition.has("value"))
                condition.fault("value", "unexpected", "This operator compares with no value.");
            return values;
        }
        const Value* value = condition.find("value");
        if (value == nullptr) {
            condition.fault("value", "required", "Must be given.");
        } else if (info.operands == Operands::kOne) {
            values.push_back(read_operand(*value, column, condition.pointer("value"), info));
        } else {
            const auto items = condition.required_items("value");
            if (info.operands == Operands::kTwo && items.size() != 2)
                condition.fault("value", "wrong_length", "Must be the lowest and the highest value.");
            const std::size_t before = faults_.size();
            for (std::size_t i = 0; i < items.size(); ++i)
                values.push_back(read_operand(items[i], column, condition.pointer("value", i), info));
            if (info.operands == Operands::kTwo && values.size() == 2 && faults_.size() == before)
                check_order(condition, values);
        }
        return values;
    }

    static void check_order(const JsonObject& condition, const std::vector<Value>& ends) {
        const feel::Range range{.low = ends[0], .high = ends[1], .low_included = true, .high_included = true};
        if (feel::contains(range, range.low) != feel::Truth::kTrue)
            condition.fault("value", "reversed", "The first value must not be above the second.");
    }

    Value read_operand(const Value& value, std::size_t column, const std::string& pointer,
                       const OperatorInfo& info) {
        if (info.is_text && !value.is_string())
            faults_.add(pointer, "wrong_type", "This operator compares with a text.");
        else if (info.orders && (value.is_null() || value.is_boolean()))
            faults_.add(pointer, "wrong_type", "This operator compares by size.");
        return inputs_.typed(column, value, pointer);
    }

    Cells read_actions(const JsonObject& owner, std::string_view member) {
        Cells cells;
        const auto actions = owner.items(member);
        for (std::size_t i = 0; i < actions.size(); ++i) {
            const JsonObject action(actions[i], owner.pointer(member, i), {"output", "value", "feel"},
                                    faults_);
            const std::string name = action.required_text("output");
            if (!name.empty() && !feel::is_name(name))
                action.fault("output", "bad_name", "'" + name + "' is no name that FEEL can use.");
            if (action.has("value") == action.has("feel"))
                action.fault("value", "required", "Give value, or an expression as feel.");
            const std::size_t column = outputs_.use(name, action.pointer("output"));
            if (column == SimpleColumns::kNone) continue;
            if (!cells.emplace(column, read_action(action, column)).second)
                action.fault("output", "duplicate_output", "'" + name + "' is set twice.");
        }
        return cells;
    }

    Cell read_action(const JsonObject& action, std::size_t column) {
        if (action.has("feel")) {
            outputs_.forget_type(column);
            return {action.required_text("feel"), action.pointer("feel")};
        }
        const Value* value = action.find("value");
        if (value == nullptr) return {};
        return {feel_literal(outputs_.loosely_typed(column, *value, action.pointer("value"))), ""};
    }

    void make_columns(SimpleRules& read, const Cells& otherwise) {
        Table& table = read.table;
        for (std::size_t i = 0; i < inputs_.all().size(); ++i) {
            const SimpleColumn& column = inputs_.all()[i];
            table.inputs.push_back(
                {column.pointer, column.label, column.name, column.type, inputs_.values_of(i)});
        }
        (void)inputs_of(table, faults_);  // for its faults, at the places that stand for ids so far
        for (InputColumn& input : table.inputs)
            input.id.clear();
        for (std::size_t i = 0; i < outputs_.all().size(); ++i) {
            const SimpleColumn& column = outputs_.all()[i];
            const auto found = otherwise.find(i);
            table.outputs.push_back({"", column.label, column.name, column.type, outputs_.values_of(i),
                                     found == otherwise.end() ? "" : found->second.text});
            if (found != otherwise.end() && !found->second.pointer.empty())
                read.places.defaults.emplace(i, found->second.pointer);
        }
    }

    void make_rows(SimpleRules& rules) {
        Table& table = rules.table;
        const std::size_t columns = table.inputs.size() + table.outputs.size();
        if (columns * read_.size() > limits_.max_cells) {
            rules_.fault("rules", "too_many",
                         "The table would have more than " + std::to_string(limits_.max_cells) + " cells.");
            return;
        }
        for (Read& read : read_) {
            Row row{std::move(read.id), std::move(read.description), {}, {}, {}};
            for (std::size_t i = 0; i < table.inputs.size(); ++i) {
                const auto test = read.tests.find(i);
                row.inputs.push_back(test != read.tests.end()
                                         ? take({table.rows.size(), i}, test->second, rules.places.inputs)
                                         : cell_of(read.conditions[i]));
            }
            for (std::size_t i = 0; i < table.outputs.size(); ++i) {
                const auto found = read.outputs.find(i);
                row.outputs.push_back(found != read.outputs.end()
                                          ? take({table.rows.size(), i}, found->second, rules.places.outputs)
                                          : "null");
            }
            table.rows.push_back(std::move(row));
        }
    }

    // The text of a cell, whose pointer is noted.
    static std::string take(const FeelPlaces::Cell& place, Cell& cell,
                            std::map<FeelPlaces::Cell, std::string>& places) {
        if (!cell.pointer.empty()) places.emplace(place, std::move(cell.pointer));
        return std::move(cell.text);
    }

    Faults& faults_;
    std::size_t faults_before_;
    JsonObject rules_;
    const Limits& limits_;
    SimpleColumns inputs_;
    SimpleColumns outputs_;
    std::vector<Read> read_;
};

}  // namespace

std::optional<SimpleRules> read_simple_rules(std::string_view json, Faults& faults, const Limits& limits) {
    feel::JsonLimits json_limits;
    json_limits.bytes = limits.max_bytes;
    const auto document = feel::read_json(json, {}, json_limits);
    if (!document) {
        const feel::Fault& fault = document.fault();
        faults.add("", "bad_json",
                   "Line " + std::to_string(fault.line) + ", column " + std::to_string(fault.column) + ": " +
                       fault.reason + ".");
        return std::nullopt;
    }
    Reader reader(*document, faults, limits);
    SimpleRules read = reader.read();
    if (!reader.flawless()) return std::nullopt;
    return read;
}

std::optional<std::string> simple_rules_to_dmn(std::string_view json, Faults& faults, const Limits& limits) {
    const auto read = read_simple_rules(json, faults, limits);
    if (!read) return std::nullopt;
    auto xml = new_model(read->table, read->description, faults);
    if (!xml) return std::nullopt;
    const std::size_t before = faults.size();
    tell_model_faults(*xml, read->table, read->places, faults);
    if (faults.size() != before || !faults.complete()) return std::nullopt;
    return xml;
}

}  // namespace rules::tables
