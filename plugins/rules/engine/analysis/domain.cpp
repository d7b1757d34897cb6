#include "analysis/domain.hpp"

#include "analysis/scale.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace rules::analysis {
namespace {

using feel::Type;
using feel::UnaryTests;
using feel::Value;
using Form = Section::Form;

std::optional<Value::Kind> scalar_of(Type::Kind kind) {
    switch (kind) {
        case Type::Kind::kBoolean:
            return Value::Kind::kBoolean;
        case Type::Kind::kNumber:
            return Value::Kind::kNumber;
        case Type::Kind::kString:
            return Value::Kind::kString;
        case Type::Kind::kDate:
            return Value::Kind::kDate;
        case Type::Kind::kTime:
            return Value::Kind::kTime;
        case Type::Kind::kDateTime:
            return Value::Kind::kDateTime;
        case Type::Kind::kYearsMonths:
            return Value::Kind::kYearsMonths;
        case Type::Kind::kDaysTime:
            return Value::Kind::kDaysTime;
        default:
            return std::nullopt;
    }
}

const Type& type_of(const dmn::TableInput& column) {
    return column.type.is_any() ? column.expression.type() : column.type;
}

bool has_zones(Value::Kind kind) {
    return kind == Value::Kind::kTime || kind == Value::Kind::kDateTime;
}

// Why nothing can be told of a column's values; empty if something can.
std::string why_opaque(const dmn::TableInput& column) {
    const Type& type = type_of(column);
    const Type& computed = column.expression.type();
    if (!type.is_any() && !scalar_of(type.kind())) return "its values are of type " + type.to_string();
    if (!computed.is_any() && computed.kind() != type.kind())
        return "its expression is of type " + computed.to_string() + ", the column of type " +
               type.to_string();
    return {};
}

// What restricts a domain: allowed values, of the column or of its type.
struct Restriction {
    const UnaryTests* tests;
    bool of_type;  // then null is allowed as well
};

void add_restrictions(const Type& type, std::vector<Restriction>& to) {
    for (const Type* at = &type; !at->is_any(); at = &at->base())
        if (const auto* values = dynamic_cast<const dmn::AllowedValues*>(at->constraint()))
            to.push_back({&values->tests(), true});
}

// Where in a section rules begin to match, or end. Each column has two rows of bits: rules that may match and
// rules that must.
struct Flip {
    std::size_t segment;
    std::size_t row;
    std::size_t rule;
};

}  // namespace

class DomainBuilder {
 public:
    DomainBuilder(const std::vector<const dmn::TableInput*>& columns, Budget& steps, Budget& memory)
        : columns_(columns), rules_(columns.front()->tests.size()), steps_(steps), memory_(memory) {
        for (const dmn::TableInput* column : columns_) {
            if (column->values) restrictions_.push_back({&column->values->tests(), false});
            add_restrictions(column->type, restrictions_);
            add_restrictions(column->expression.type(), restrictions_);
        }
        const auto open = [](const Restriction& restriction) { return !is_decided(*restriction.tests); };
        if (std::any_of(restrictions_.begin(), restrictions_.end(), open))
            remark("its allowed values are no comparisons with constants");
    }

    std::optional<Domain> build() {
        if (!make_sections()) return std::nullopt;
        domain_.possible_ = Bits(size());
        for (std::uint32_t section = 0; section < domain_.sections_.size(); ++section)
            if (!sweep(section)) return std::nullopt;
        if (!transpose()) return std::nullopt;
        return std::move(domain_);
    }

 private:
    // Rows have a bit for each rule and then for each restriction.
    std::size_t size() const { return rules_ + restrictions_.size(); }

    template <class With>
    void each_test(With with) const {
        for (const dmn::TableInput* column : columns_)
            for (const UnaryTests& cell : column->tests)
                with(cell);
        for (const Restriction& restriction : restrictions_)
            with(*restriction.tests);
    }

    bool make_sections() {
        std::vector<Section>& sections = domain_.sections_;
        const dmn::TableInput& column = *columns_.front();
        if (std::string why = why_opaque(column); !why.empty()) {
            remark(std::move(why));
            sections = {Section{Form::kOpaque, {}, {}, true}, Section{}};
            return true;
        }
        auto constants = find_constants();
        if (!constants) return false;
        if (const auto kind = scalar_of(type_of(column).kind())) {
            add_values(*kind, std::move((*constants)[*kind]));
        } else {
            for (auto& [named, values] : *constants)
                add_values(named, std::move(values));
            sections.push_back(Section{Form::kOther, {}, {}, true});
        }
        sections.emplace_back();
        return true;
    }

    std::optional<std::map<Value::Kind, std::vector<Value>>> find_constants() {
        std::map<Value::Kind, std::vector<Value>> constants;
        bool enough = true;
        each_test([&](const UnaryTests& cell) {
            if (cell.any() || !is_decided(cell) || !enough) return;
            enough = steps_.take(cell.intervals().size() * kStepsPerConstant);
            for (const feel::Range& test : cell.intervals()) {
                names_null_ = names_null_ || (kind_of(test) == Value::Kind::kNull && test.low_included);
                for (const Value* end : {&test.low, &test.high})
                    if (!end->is_null()) constants[end->kind()].push_back(*end);
            }
        });
        if (!enough) return std::nullopt;
        return constants;
    }

    void add_values(Value::Kind kind, std::vector<Value> constants) {
        if (kind == Value::Kind::kBoolean) constants = {Value::boolean(false), Value::boolean(true)};
        if (has_zones(kind)) domain_.sections_.push_back(make_section(Form::kCrossed, kind, constants));
        domain_.sections_.push_back(make_section(Form::kValues, kind, std::move(constants)));
        if (!domain_.sections_.back().ordered)
            remark("it is compared with times of which some have a zone and others don't");
    }

    void remark(std::string reason) { domain_.remarks_.push_back(std::move(reason)); }

    bool sweep(std::uint32_t index) {
        const Section& section = domain_.sections_[index];
        std::vector<Bits> rows(2 * columns_.size(), Bits(size()));
        const auto flips = begin(section, rows);
        auto flip = flips.begin();
        nothing_between_ = false;
        for (std::uint32_t place = 0; place < section.segments(); ++place) {
            for (; flip != flips.end() && flip->segment == place; ++flip)
                rows[flip->row].flip(flip->rule);
            if (!steps_.take(rows.size() * rows.front().words() + 1)) return false;
            if (!add_segment(index, place, rows)) return false;
        }
        return true;
    }

    std::vector<Flip> begin(const Section& section, std::vector<Bits>& rows) const {
        std::vector<Flip> flips;
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const auto certainty = row % 2 == 0 ? Certainty::kMay : Certainty::kMust;
            const auto take = [&](const Match& found, std::size_t rule) {
                if (found.outside) rows[row].set(rule);
                for (const Match::Span& span : found.spans) {
                    flips.push_back({span.first, row, rule});
                    flips.push_back({span.last + 1, row, rule});
                }
            };
            for (std::size_t rule = 0; rule < rules_; ++rule)
                take(match(columns_[row / 2]->tests[rule], section, certainty), rule);
            for (std::size_t i = 0; i < restrictions_.size(); ++i)
                take(restriction_in(restrictions_[i], section, certainty), rules_ + i);
        }
        std::sort(flips.begin(), flips.end(),
                  [](const Flip& left, const Flip& right) { return left.segment < right.segment; });
        return flips;
    }

    // What isn't of a type's allowed values is taken as null.
    static Match restriction_in(const Restriction& restriction, const Section& section, Certainty certainty) {
        if (restriction.of_type && section.form == Form::kNull) return {true, {}};
        return match(*restriction.tests, section, certainty);
    }

    bool add_segment(std::uint32_t section, std::uint32_t place, const std::vector<Bits>& rows) {
        Bits may = rows[0];
        Bits must = rows[1];
        for (std::size_t row = 2; row < rows.size(); row += 2) {
            may &= rows[row];
            must &= rows[row + 1];
        }
        const auto value = value_of(domain_.sections_[section], place);
        const bool nothing =
            !value && domain_.sections_[section].form == Form::kValues && domain_.sections_[section].ordered;
        const bool followed = std::exchange(nothing_between_, nothing);
        if (nothing) return true;
        domain_.possible_ |= may;
        for (std::size_t i = rules_; i < size(); ++i) {
            if (!may.test(i)) return true;
            may.reset(i);
            must.reset(i);
        }
        may.shrink(rules_);
        must.shrink(rules_);
        return add(section, place, followed, std::move(may), std::move(must), value);
    }

    bool add(std::uint32_t section, std::uint32_t place, bool follows, Bits may, Bits must,
             const std::optional<Value>& value) {
        const bool usable = value && is_allowed(*value);
        const Form form = domain_.sections_[section].form;
        const bool expected = form == Form::kOpaque || (usable && is_expected(form));
        const auto found = group_of(std::move(may), std::move(must));
        if (!found) return false;
        Group& group = domain_.groups_[*found];
        if (usable && (!group.value || (expected && !group.expected))) group.value = value;
        group.expected = group.expected || expected;
        domain_.segments_.push_back({section, place, *found, expected, follows});
        return true;
    }

    bool is_expected(Form form) const {
        switch (form) {
            case Form::kValues:
                return true;
            case Form::kNull:
                return names_null_;
            case Form::kOther:
                return domain_.sections_.front().form == Form::kOther;
            default:
                return false;
        }
    }

    std::optional<Value> value_of(const Section& section, std::uint32_t place) const {
        switch (section.form) {
            case Form::kNull:
                return Value();
            case Form::kOther:
                return other_value();
            case Form::kValues:
                break;
            default:
                return std::nullopt;
        }
        if (!section.ordered) return std::nullopt;
        const auto& constants = section.constants;
        const std::size_t at = place / 2;
        if (place % 2 == 1) return constants[at];
        return between(section.kind, at == 0 ? Value() : constants[at - 1],
                       at == constants.size() ? Value() : constants[at]);
    }

    std::optional<Value> other_value() const {
        for (const Value& value : {Value::number(0), Value::string("other"), Value::boolean(true)}) {
            const auto names = [&](const Section& section) { return section.kind == value.kind(); };
            if (std::none_of(domain_.sections_.begin(), domain_.sections_.end(), names)) return value;
        }
        return std::nullopt;
    }

    bool is_allowed(const Value& value) const {
        feel::Evaluation evaluation;
        for (const dmn::TableInput* column : columns_) {
            if (column->values && !column->values->allows(value, evaluation)) return false;
            if (value.is_null()) continue;
            if (!column->type.accepts(value, evaluation)) return false;
            if (!column->expression.type().accepts(value, evaluation)) return false;
        }
        return true;
    }

    std::optional<std::uint32_t> group_of(Bits may, Bits must) {
        const std::size_t hash = may.hash();
        const auto [first, last] = by_hash_.equal_range(hash);
        for (auto at = first; at != last; ++at) {
            const Group& group = domain_.groups_[at->second];
            if (group.may == may && group.must() == must) return at->second;
        }
        const bool differ = may != must;
        if (!memory_.take((differ ? 2 : 1) * may.words())) return std::nullopt;
        const auto added = static_cast<std::uint32_t>(domain_.groups_.size());
        by_hash_.emplace(hash, added);
        domain_.groups_.push_back(
            {std::move(may), differ ? std::optional(std::move(must)) : std::nullopt, {}, false});
        return added;
    }

    // For each rule its groups.
    bool transpose() {
        const auto& groups = domain_.groups_;
        const auto differs = [](const Group& group) { return group.surely.has_value(); };
        const bool both = std::any_of(groups.begin(), groups.end(), differs);
        const Bits none(groups.size());
        if (!memory_.take((both ? 2 : 1) * rules_ * none.words())) return false;
        domain_.may_.assign(rules_, none);
        if (both) domain_.must_.assign(rules_, none);
        for (std::size_t group = 0; group < groups.size(); ++group) {
            if (!steps_.take(rules_)) return false;
            groups[group].may.each([&](std::size_t rule) { domain_.may_[rule].set(group); });
            if (both) groups[group].must().each([&](std::size_t rule) { domain_.must_[rule].set(group); });
        }
        return true;
    }

    static constexpr std::uint64_t kStepsPerConstant = 40;  // it is sorted, searched, and evaluated

    const std::vector<const dmn::TableInput*>& columns_;
    std::size_t rules_;
    Budget& steps_;
    Budget& memory_;
    std::vector<Restriction> restrictions_;
    bool names_null_ = false;
    bool nothing_between_ = false;
    std::unordered_multimap<std::size_t, std::uint32_t> by_hash_;
    Domain domain_;
};

std::optional<Domain> make_domain(const std::vector<const dmn::TableInput*>& columns, Budget& steps,
                                  Budget& memory) {
    return DomainBuilder(columns, steps, memory).build();
}

}  // namespace rules::analysis
