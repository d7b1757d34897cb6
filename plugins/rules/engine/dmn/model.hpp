#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// A DMN document as it stands in its XML, of any version from 1.1 to 1.5: nothing is resolved, compiled or
// checked beyond its form.
namespace rules::dmn {

struct Element {
    std::string id;
    std::string name;
    std::uint32_t line = 0;
};

// `name` may be that of a built-in type, of an item definition, or `import.type`. `uri` is the namespace that
// a prefix stood for (DMN 1.1 wrote QNames), empty without one.
struct TypeName {
    std::string name;
    std::string uri;
    std::uint32_t line = 0;

    bool empty() const { return name.empty(); }
};

struct InformationItem : Element {
    TypeName type;
};

// A text in an expression language; empty `language` means the one of the definitions.
struct Text : Element {
    std::string text;
    std::string language;
};

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct LiteralExpression {
    Text text;
};

struct ContextEntry {
    std::optional<InformationItem> variable;  // none: the result of the context
    ExpressionPtr value;
    std::uint32_t line = 0;
};

struct BoxedContext {
    std::vector<ContextEntry> entries;
};

struct Binding {
    InformationItem parameter;
    ExpressionPtr value;
};

struct BoxedInvocation {
    ExpressionPtr called;
    std::vector<Binding> bindings;
};

struct Relation {
    std::vector<InformationItem> columns;
    std::vector<std::vector<ExpressionPtr>> rows;
};

struct BoxedList {
    std::vector<ExpressionPtr> items;
};

enum class FunctionKind : std::uint8_t { kFeel, kJava, kPmml };

struct FunctionDefinition {
    FunctionKind kind = FunctionKind::kFeel;
    std::vector<InformationItem> parameters;
    ExpressionPtr body;
};

struct Conditional {
    ExpressionPtr condition;
    ExpressionPtr then;
    ExpressionPtr otherwise;
};

enum class IteratorKind : std::uint8_t { kFor, kSome, kEvery };

struct Iterator {
    IteratorKind kind = IteratorKind::kFor;
    InformationItem variable;
    ExpressionPtr in;
    ExpressionPtr body;  // what `return` or `satisfies` holds
};

struct Filter {
    ExpressionPtr in;
    ExpressionPtr match;
};

enum class HitPolicy : std::uint8_t { kUnique, kFirst, kPriority, kAny, kCollect, kRuleOrder, kOutputOrder };
enum class Aggregation : std::uint8_t { kNone, kSum, kCount, kMin, kMax };

struct InputClause : Element {
    Text expression;
    TypeName type;
    std::optional<Text> values;
};

struct OutputClause : Element {
    TypeName type;
    std::optional<Text> values;
    std::optional<Text> default_value;
};

// At least a cell for each column; what is more is a fault.
struct Rule : Element {
    std::vector<Text> inputs;
    std::vector<Text> outputs;
};

struct DecisionTable {
    HitPolicy hit_policy = HitPolicy::kUnique;
    Aggregation aggregation = Aggregation::kNone;
    std::vector<InputClause> inputs;
    std::vector<OutputClause> outputs;
    std::vector<Rule> rules;
};

struct Expression : Element {
    TypeName type;
    std::variant<LiteralExpression, BoxedContext, BoxedInvocation, Relation, BoxedList, FunctionDefinition,
                 Conditional, Iterator, Filter, DecisionTable>
        body;
};

// A reference to another element: `#id` or `namespace#id`.
struct Reference {
    std::string uri;  // empty: the same document
    std::string id;
    std::uint32_t line = 0;
};

struct Decision : Element {
    InformationItem variable;
    std::vector<Reference> required_inputs;
    std::vector<Reference> required_decisions;
    std::vector<Reference> required_knowledge;
    ExpressionPtr logic;  // may be missing
};

struct InputData : Element {
    InformationItem variable;
};

struct BusinessKnowledgeModel : Element {
    InformationItem variable;
    std::vector<Reference> required_knowledge;
    ExpressionPtr logic;  // a FunctionDefinition; may be missing
};

struct DecisionService : Element {
    InformationItem variable;
    std::vector<Reference> output_decisions;
    std::vector<Reference> encapsulated_decisions;
    std::vector<Reference> input_decisions;
    std::vector<Reference> input_data;
};

struct FunctionItem {
    std::vector<InformationItem> parameters;
    TypeName output;
};

struct ItemDefinition : Element {
    TypeName type;
    bool is_collection = false;
    std::optional<Text> allowed_values;
    std::optional<Text> type_constraint;
    std::vector<ItemDefinition> components;
    std::optional<FunctionItem> function;
};

struct Import : Element {
    std::string uri;
    std::string type;
    std::string location;
};

struct Definitions : Element {
    std::string source;  // the document's name, as the caller gave it
    std::string uri;
    std::string expression_language;
    std::vector<Import> imports;
    std::vector<ItemDefinition> item_definitions;
    std::vector<InputData> inputs;
    std::vector<Decision> decisions;
    std::vector<BusinessKnowledgeModel> knowledge_models;
    std::vector<DecisionService> services;
};

}  // namespace rules::dmn
