#include "feel/type.hpp"

#include "feel/evaluation.hpp"
#include "feel/function.hpp"
#include "feel/refusal.hpp"

#include <algorithm>
#include <array>

namespace rules::feel {

struct Type::Node {
    Kind kind = Kind::kAny;
    std::vector<Member> members;
    std::vector<Type> parts;  // of a list or range its element; of a function its parameters
    Type result;
    std::string name;
    Type base;  // of a named type, whose constraint counts as well
    std::shared_ptr<const Constraint> constraint;
};

namespace {

struct BuiltIn {
    std::string_view name;
    Type::Kind kind;
};

constexpr std::array kBuiltIn = {
    BuiltIn{"Any", Type::Kind::kAny},
    BuiltIn{"Null", Type::Kind::kNull},
    BuiltIn{"boolean", Type::Kind::kBoolean},
    BuiltIn{"number", Type::Kind::kNumber},
    BuiltIn{"string", Type::Kind::kString},
    BuiltIn{"date", Type::Kind::kDate},
    BuiltIn{"time", Type::Kind::kTime},
    BuiltIn{"date and time", Type::Kind::kDateTime},
    BuiltIn{"years and months duration", Type::Kind::kYearsMonths},
    BuiltIn{"days and time duration", Type::Kind::kDaysTime},
    BuiltIn{"range", Type::Kind::kRange},
    BuiltIn{"list", Type::Kind::kList},
    BuiltIn{"context", Type::Kind::kContext},
    BuiltIn{"function", Type::Kind::kFunction},
};

const Type& any_type() {
    static const Type any;
    return any;
}

// A value that stands alone has the kind of its type.
Type::Kind type_kind(Value::Kind kind) noexcept {
    switch (kind) {
        case Value::Kind::kNull:
            return Type::Kind::kNull;
        case Value::Kind::kBoolean:
            return Type::Kind::kBoolean;
        case Value::Kind::kNumber:
            return Type::Kind::kNumber;
        case Value::Kind::kDate:
            return Type::Kind::kDate;
        case Value::Kind::kTime:
            return Type::Kind::kTime;
        case Value::Kind::kDateTime:
            return Type::Kind::kDateTime;
        case Value::Kind::kYearsMonths:
            return Type::Kind::kYearsMonths;
        case Value::Kind::kDaysTime:
            return Type::Kind::kDaysTime;
        case Value::Kind::kShortString:
        case Value::Kind::kString:
            return Type::Kind::kString;
        case Value::Kind::kRange:
            return Type::Kind::kRange;
        case Value::Kind::kList:
            return Type::Kind::kList;
        case Value::Kind::kContext:
            return Type::Kind::kContext;
        case Value::Kind::kFunction:
            break;
    }
    return Type::Kind::kFunction;
}

bool null_or_accepted(const Type& type, const Value& value, Evaluation& evaluation) {
    return value.is_null() || type.accepts(value, evaluation);
}

bool accepts_list(const Type& type, std::span<const Value> items, Evaluation& evaluation) {
    if (type.element().is_any()) return true;
    return std::all_of(items.begin(), items.end(), [&](const Value& item) {
        return evaluation.step() && null_or_accepted(type.element(), item, evaluation);
    });
}

bool accepts_context(const Type& type, const Context& context, Evaluation& evaluation) {
    return std::all_of(type.members().begin(), type.members().end(), [&](const Type::Member& member) {
        const auto* value = context.find(member.name);
        return value != nullptr && evaluation.step() && null_or_accepted(member.type, *value, evaluation);
    });
}

bool accepts_range(const Type& type, const Range& range, Evaluation& evaluation) {
    return null_or_accepted(type.element(), range.low, evaluation) &&
           null_or_accepted(type.element(), range.high, evaluation);
}

bool accepts_function(const Type& type, const Function& function) {
    if (type.parameters().empty() && type.result().is_any()) return true;
    if (!function.takes(type.parameters().size())) return false;
    const auto result = function.result_type();
    if (!result.is_any() && !result.conforms_to(type.result())) return false;
    // Those of a built-in function aren't known here, and are checked when it is called.
    const auto parameters = function.parameters();
    return parameters.empty() ||
           std::equal(type.parameters().begin(), type.parameters().end(), parameters.begin(),
                      parameters.end(),
                      [](const Type& given, const Parameter& own) { return given.conforms_to(own.type); });
}

Type common_type(std::span<const Value> values) {
    if (values.empty()) return {};
    const auto first = type_of(values[0]);
    const bool same = std::all_of(values.begin() + 1, values.end(),
                                  [&](const Value& value) { return type_of(value).conforms_to(first); });
    return same ? first : Type();
}

std::string joined(std::span<const Type> types) {
    std::string out;
    for (const auto& type : types) {
        if (!out.empty()) out += ", ";
        out += type.to_string();
    }
    return out;
}

std::string joined(std::span<const Type::Member> members) {
    std::string out;
    for (const auto& member : members) {
        if (!out.empty()) out += ", ";
        out += member.name + ": " + member.type.to_string();
    }
    return out;
}

std::string_view name_of(Type::Kind kind) noexcept {
    return std::find_if(kBuiltIn.begin(), kBuiltIn.end(),
                        [&](const BuiltIn& type) { return type.kind == kind; })
        ->name;
}

}  // namespace

Type::Type(Kind kind) {
    static const auto nodes = [] {
        std::array<std::shared_ptr<const Node>, kBuiltIn.size()> made;
        for (const auto& type : kBuiltIn) {
            Node node;
            node.kind = type.kind;
            made[static_cast<std::size_t>(type.kind)] = std::make_shared<const Node>(std::move(node));
        }
        return made;
    }();
    if (kind != Kind::kAny) node_ = nodes[static_cast<std::size_t>(kind)];
}

const Type::Node& Type::node() const noexcept {
    static const Node any;
    return node_ == nullptr ? any : *node_;
}

Type Type::list(Type element) {
    Node node;
    node.kind = Kind::kList;
    node.parts.push_back(std::move(element));
    return Type(std::make_shared<const Node>(std::move(node)));
}

Type Type::range(Type element) {
    Node node;
    node.kind = Kind::kRange;
    node.parts.push_back(std::move(element));
    return Type(std::make_shared<const Node>(std::move(node)));
}

Type Type::context(std::vector<Member> members) {
    Node node;
    node.kind = Kind::kContext;
    node.members = std::move(members);
    return Type(std::make_shared<const Node>(std::move(node)));
}

Type Type::function(std::vector<Type> parameters, Type result) {
    Node node;
    node.kind = Kind::kFunction;
    node.parts = std::move(parameters);
    node.result = std::move(result);
    return Type(std::make_shared<const Node>(std::move(node)));
}

Type Type::named(Type base, std::string name, std::shared_ptr<const Constraint> constraint) {
    Node node = base.node();
    node.name = std::move(name);
    node.constraint = std::move(constraint);
    node.base = std::move(base);
    return Type(std::make_shared<const Node>(std::move(node)));
}

std::optional<Type> Type::built_in(std::string_view name) {
    const auto* found = std::find_if(kBuiltIn.begin(), kBuiltIn.end(),
                                     [&](const BuiltIn& type) { return type.name == name; });
    if (found == kBuiltIn.end()) return std::nullopt;
    return Type(found->kind);
}

Type::Kind Type::kind() const noexcept {
    return node().kind;
}

const Type& Type::element() const noexcept {
    const bool has = (kind() == Kind::kList || kind() == Kind::kRange) && !node().parts.empty();
    return has ? node().parts[0] : any_type();
}

std::span<const Type::Member> Type::members() const noexcept {
    return node().members;
}

const Type* Type::member(std::string_view name) const noexcept {
    for (const auto& member : node().members) {
        if (member.name == name) return &member.type;
    }
    return nullptr;
}

std::span<const Type> Type::parameters() const noexcept {
    return kind() == Kind::kFunction ? std::span<const Type>(node().parts) : std::span<const Type>();
}

const Type& Type::result() const noexcept {
    return node().result;
}

const std::string& Type::name() const noexcept {
    return node().name;
}

const Constraint* Type::constraint() const noexcept {
    return node().constraint.get();
}

const Type& Type::base() const noexcept {
    return node().base;
}

std::string Type::to_string() const {
    if (!name().empty()) return name();
    std::string out(name_of(kind()));
    switch (kind()) {
        case Kind::kList:
        case Kind::kRange:
            return node().parts.empty() ? out : out + "<" + element().to_string() + ">";
        case Kind::kContext:
            return members().empty() ? out : out + "<" + joined(members()) + ">";
        case Kind::kFunction:
            return out + "<" + joined(parameters()) + ">->" + result().to_string();
        default:
            return out;
    }
}

bool Type::conforms_to(const Type& other) const {
    if (node_ == other.node_ || other.is_any() || kind() == Kind::kNull) return true;
    if (kind() != other.kind()) return false;
    switch (kind()) {
        case Kind::kList:
        case Kind::kRange:
            return element().conforms_to(other.element());
        case Kind::kContext:
            return std::all_of(other.members().begin(), other.members().end(), [&](const Member& wanted) {
                const auto* own = member(wanted.name);
                return own != nullptr && own->conforms_to(wanted.type);
            });
        case Kind::kFunction:
            return result().conforms_to(other.result()) &&
                   std::equal(parameters().begin(), parameters().end(), other.parameters().begin(),
                              other.parameters().end(),
                              [](const Type& own, const Type& given) { return given.conforms_to(own); });
        default:
            return true;
    }
}

bool Type::accepts(const Value& value, Evaluation& evaluation) const {
    if (!node().base.is_any() && !node().base.accepts(value, evaluation)) return false;
    if (!is_any() && type_kind(value.kind()) != kind()) return false;
    bool fits = true;
    // A named type's base has looked at the parts.
    if (node().base.is_any()) {
        if (kind() == Kind::kList) fits = accepts_list(*this, value.as_list(), evaluation);
        if (kind() == Kind::kContext) fits = accepts_context(*this, value.as_context(), evaluation);
        if (kind() == Kind::kRange) fits = accepts_range(*this, value.as_range(), evaluation);
        if (kind() == Kind::kFunction) fits = accepts_function(*this, value.as_function());
    }
    return fits && (constraint() == nullptr || constraint()->allows(value, evaluation));
}

Type type_of(const Value& value) {
    if (value.is_list()) return Type::list(common_type(value.as_list()));
    if (value.is_range()) {
        const auto& range = value.as_range();
        return Type::range(type_of(range.low.is_null() ? range.high : range.low));
    }
    if (value.is_function()) {
        std::vector<Type> parameters;
        for (const auto& parameter : value.as_function().parameters())
            parameters.push_back(parameter.type);
        return Type::function(std::move(parameters), value.as_function().result_type());
    }
    if (!value.is_context()) return Type(type_kind(value.kind()));
    std::vector<Type::Member> members;
    const auto& context = value.as_context();
    for (std::size_t i = 0; i < context.size(); ++i)
        members.push_back({context.name(i), type_of(context.value(i))});
    return Type::context(std::move(members));
}

Value coerce(const Value& value, const Type& type, Evaluation& evaluation) {
    if (value.is_null() || type.accepts(value, evaluation)) return value;
    if (value.is_date() && type.kind() == Type::Kind::kDateTime) {
        const auto midnight = Value::date_time({value.as_date(), 0, Zone::offset(0)});
        if (type.accepts(midnight, evaluation)) return midnight;
    }
    if (value.is_list() && value.as_list().size() == 1 && type.kind() != Type::Kind::kList) {
        const auto& item = value.as_list()[0];
        if (type.accepts(item, evaluation)) return item;
    }
    if (!value.is_list() && type.kind() == Type::Kind::kList) {
        auto list = evaluation.list({value});
        if (!list.is_null() && type.accepts(list, evaluation)) return list;
    }
    if (!evaluation.keeps_notes()) return {};
    return evaluation.null(refusal(type, value, evaluation));
}

}  // namespace rules::feel
