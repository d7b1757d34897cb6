// DMN 1.5, section 10.3.4.11: how points and ranges lie to each other (Allen's relations).
#include "feel/built_in.hpp"
#include "feel/evaluation.hpp"

#include <compare>

namespace rules::feel {

namespace {

using Arguments = std::span<const Value>;

// A low or high end; beyond all values if there is none.
struct End {
    const Value* value;
    bool low;
    bool included;

    int infinity() const noexcept {
        if (!value->is_null()) return 0;
        return low ? -1 : 1;
    }
};

End low(const Range& range) noexcept {
    return {&range.low, true, range.low_included};
}
End high(const Range& range) noexcept {
    return {&range.high, false, range.high_included};
}

// Compares ends until two have no order; then all that follows is false, and the relation null.
class Relation {
 public:
    bool before(const End& left, const End& right) {
        if (left.infinity() != 0 || right.infinity() != 0) return left.infinity() < right.infinity();
        return known(less(*left.value, *right.value));
    }
    bool same(const End& left, const End& right) {
        if (left.infinity() != 0 || right.infinity() != 0) return left.infinity() == right.infinity();
        return known(less_or_equal(*left.value, *right.value)) &&
               known(less_or_equal(*right.value, *left.value));
    }

    bool before(const Range& a, const Range& b) {
        return before(high(a), low(b)) || (same(high(a), low(b)) && (!a.high_included || !b.low_included));
    }
    bool meets(const Range& a, const Range& b) {
        return a.high_included && b.low_included && same(high(a), low(b));
    }
    bool reaches(const Range& a, const Range& b) { return before(low(b), high(a)) || meets(a, b); }
    bool overlaps(const Range& a, const Range& b) { return reaches(a, b) && reaches(b, a); }
    bool begins_before(const Range& a, const Range& b) {
        return before(low(a), low(b)) || (same(low(a), low(b)) && a.low_included && !b.low_included);
    }
    bool overlaps_before(const Range& a, const Range& b) {
        return begins_before(a, b) && reaches(a, b) && ends_within(a, b);
    }
    bool ends_within(const Range& a, const Range& b) {
        return before(high(a), high(b)) || (same(high(a), high(b)) && (!a.high_included || b.high_included));
    }
    bool begins_within(const Range& a, const Range& b) {
        return before(low(b), low(a)) || (same(low(b), low(a)) && (!a.low_included || b.low_included));
    }
    bool finishes(const Range& a, const Range& b) {
        return a.high_included == b.high_included && same(high(a), high(b)) && begins_within(a, b);
    }
    bool starts(const Range& a, const Range& b) {
        return a.low_included == b.low_included && same(low(a), low(b)) && ends_within(a, b);
    }
    bool includes(const Range& a, const Range& b) { return begins_within(b, a) && ends_within(b, a); }
    bool coincides(const Range& a, const Range& b) {
        return a.low_included == b.low_included && a.high_included == b.high_included &&
               same(low(a), low(b)) && same(high(a), high(b));
    }

    bool comparable() const noexcept { return comparable_; }

 private:
    bool known(Truth truth) {
        comparable_ = comparable_ && truth != Truth::kNull;
        return truth == Truth::kTrue;
    }

    bool comparable_ = true;
};

using Test = bool (Relation::*)(const Range&, const Range&);

// A point is the range of it alone.
Range as_range(const Value& value) {
    return value.is_range() ? value.as_range() : Range{value, value, true, true};
}

Value result_of(Test test, const Value& left, const Value& right, Evaluation& evaluation) {
    if (left.is_null() || right.is_null()) return evaluation.null("a point or range is null");
    Relation relation;
    const bool holds = (relation.*test)(as_range(left), as_range(right));
    return relation.comparable() ? Value::boolean(holds) : evaluation.null("the two have no order");
}

template <Test kTest>
Value related(Arguments arguments, Evaluation& evaluation) {
    return result_of(kTest, arguments[0], arguments[1], evaluation);
}

template <Test kTest>
Value inversely(Arguments arguments, Evaluation& evaluation) {
    return result_of(kTest, arguments[1], arguments[0], evaluation);
}

// Of two ranges, never of points.
template <Implementation kImplementation>
Value of_ranges(Arguments arguments, Evaluation& evaluation) {
    if (!arguments[0].is_range() || !arguments[1].is_range())
        return evaluation.null("one of the two is no range");
    return kImplementation(arguments, evaluation);
}

// Of a point or range to a range: `kWhole` is the argument that must be one.
template <Implementation kImplementation, std::size_t kWhole>
Value of_part(Arguments arguments, Evaluation& evaluation) {
    if (!arguments[kWhole].is_range()) return evaluation.null("what is compared with is no range");
    return kImplementation(arguments, evaluation);
}

// Of two points or of two ranges.
template <Implementation kImplementation>
Value of_alike(Arguments arguments, Evaluation& evaluation) {
    if (arguments[0].is_range() != arguments[1].is_range())
        return evaluation.null("only one of the two is a range");
    return kImplementation(arguments, evaluation);
}

constexpr bool (Relation::*kBefore)(const Range&, const Range&) = &Relation::before;

void add_relation(BuiltIns& functions, std::string_view name,
                  std::initializer_list<std::string_view> signatures, Implementation implementation) {
    std::vector<BuiltIn::Definition> definitions;
    for (const auto signature : signatures)
        definitions.push_back({signature, implementation});
    add(functions, name, Type::Kind::kBoolean, std::move(definitions));
}

}  // namespace

void add_range_functions(BuiltIns& functions) {
    const auto all = {std::string_view("point1, point2"), std::string_view("point, range"),
                      std::string_view("range, point"), std::string_view("range1, range2")};
    const auto ranges = {std::string_view("range1, range2")};
    const auto part_first = {std::string_view("point, range"), std::string_view("range1, range2")};
    const auto whole_first = {std::string_view("range, point"), std::string_view("range1, range2")};
    const auto alike = {std::string_view("point1, point2"), std::string_view("range1, range2")};
    add_relation(functions, "before", all, related<kBefore>);
    add_relation(functions, "after", all, inversely<kBefore>);
    add_relation(functions, "meets", ranges, of_ranges<related<&Relation::meets>>);
    add_relation(functions, "met by", ranges, of_ranges<inversely<&Relation::meets>>);
    add_relation(functions, "overlaps", ranges, of_ranges<related<&Relation::overlaps>>);
    add_relation(functions, "overlaps before", ranges, of_ranges<related<&Relation::overlaps_before>>);
    add_relation(functions, "overlaps after", ranges, of_ranges<inversely<&Relation::overlaps_before>>);
    add_relation(functions, "finishes", part_first, of_part<related<&Relation::finishes>, 1>);
    add_relation(functions, "finished by", whole_first, of_part<inversely<&Relation::finishes>, 0>);
    add_relation(functions, "includes", whole_first, of_part<related<&Relation::includes>, 0>);
    add_relation(functions, "during", part_first, of_part<inversely<&Relation::includes>, 1>);
    add_relation(functions, "starts", part_first, of_part<related<&Relation::starts>, 1>);
    add_relation(functions, "started by", whole_first, of_part<inversely<&Relation::starts>, 0>);
    add_relation(functions, "coincides", alike, of_alike<related<&Relation::coincides>>);
}

}  // namespace rules::feel
