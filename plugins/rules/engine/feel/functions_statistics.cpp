// DMN 1.5, section 10.3.4.4: what calculates with lists of numbers.
#include "feel/built_in.hpp"
#include "feel/evaluation.hpp"

#include <algorithm>

namespace rules::feel {

namespace {

using Arguments = std::span<const Value>;
using Numbers = std::vector<Decimal>;
using Step = std::optional<Decimal> (*)(Decimal, Decimal) noexcept;

// All items, if each is a number and there is one.
std::optional<Numbers> numbers_of(const Value& list, Evaluation& evaluation) {
    Numbers numbers;
    numbers.reserve(list.as_list().size());
    for (const auto& item : list.as_list()) {
        if (!item.is_number() || !evaluation.step()) return std::nullopt;
        numbers.push_back(item.as_number());
    }
    if (numbers.empty()) return std::nullopt;
    return numbers;
}

std::optional<Decimal> folded(const Numbers& numbers, Step step) {
    std::optional<Decimal> result = numbers[0];
    for (std::size_t i = 1; i < numbers.size() && result; ++i)
        result = step(*result, numbers[i]);
    return result;
}

std::optional<Decimal> mean_of(const Numbers& numbers) {
    const auto sum = folded(numbers, Decimal::add);
    if (!sum) return std::nullopt;
    return Decimal::divide(*sum, Decimal::of(static_cast<std::int64_t>(numbers.size())));
}

std::optional<Decimal> median_of(Numbers numbers) {
    std::sort(numbers.begin(), numbers.end());
    const auto middle = numbers.size() / 2;
    if (numbers.size() % 2 != 0) return numbers[middle];
    return mean_of({numbers[middle - 1], numbers[middle]});
}

// Of a sample.
std::optional<Decimal> deviation_of(const Numbers& numbers) {
    const auto mean = mean_of(numbers);
    if (!mean || numbers.size() < 2) return std::nullopt;
    std::optional<Decimal> sum = Decimal();
    for (const auto& number : numbers) {
        const auto distance = Decimal::subtract(number, *mean);
        const auto square = distance ? Decimal::multiply(*distance, *distance) : std::nullopt;
        sum = square && sum ? Decimal::add(*sum, *square) : std::nullopt;
    }
    const auto variance =
        sum ? Decimal::divide(*sum, Decimal::of(static_cast<std::int64_t>(numbers.size() - 1)))
            : std::nullopt;
    return variance ? Decimal::sqrt(*variance) : std::nullopt;
}

template <typename Function>
Value calculated(const Value& list, Evaluation& evaluation, const Function& function) {
    auto numbers = numbers_of(list, evaluation);
    const auto result = numbers ? function(*std::move(numbers)) : std::nullopt;
    return result ? Value::number(*result) : evaluation.null("the list is none of numbers, or of too few");
}

Value sum(Arguments arguments, Evaluation& evaluation) {
    return calculated(arguments[0], evaluation,
                      [](const Numbers& numbers) { return folded(numbers, Decimal::add); });
}

Value product(Arguments arguments, Evaluation& evaluation) {
    return calculated(arguments[0], evaluation,
                      [](const Numbers& numbers) { return folded(numbers, Decimal::multiply); });
}

Value mean(Arguments arguments, Evaluation& evaluation) {
    return calculated(arguments[0], evaluation, mean_of);
}

Value median(Arguments arguments, Evaluation& evaluation) {
    return calculated(arguments[0], evaluation, median_of);
}

Value deviation(Arguments arguments, Evaluation& evaluation) {
    return calculated(arguments[0], evaluation, deviation_of);
}

// The most frequent ones, in their order.
Value mode(Arguments arguments, Evaluation& evaluation) {
    if (arguments[0].as_list().empty()) return evaluation.list({});
    auto numbers = numbers_of(arguments[0], evaluation);
    if (!numbers) return evaluation.null("mode(): an item is no number");
    std::sort(numbers->begin(), numbers->end());
    std::vector<Value> modes;
    std::size_t most = 0;
    for (auto begin = numbers->begin(); begin != numbers->end();) {
        const auto end = std::upper_bound(begin, numbers->end(), *begin);
        const auto count = static_cast<std::size_t>(end - begin);
        if (count > most) modes.clear();
        if (count >= most) modes.push_back(Value::number(*begin));
        most = std::max(most, count);
        begin = end;
    }
    return evaluation.list(std::move(modes));
}

}  // namespace

void add_statistics(BuiltIns& functions) {
    using Kind = Type::Kind;
    add(functions, "sum", Kind::kNumber, {{"list: list", sum}, {"values...", sum}});
    add(functions, "product", Kind::kNumber, {{"list: list", product}, {"values...", product}});
    add(functions, "mean", Kind::kNumber, {{"list: list", mean}, {"values...", mean}});
    add(functions, "median", Kind::kNumber, {{"list: list", median}, {"values...", median}});
    add(functions, "stddev", Kind::kNumber, {{"list: list", deviation}, {"values...", deviation}});
    add(functions, "mode", Type::list(Kind::kNumber), {{"list: list", mode}, {"values...", mode}});
}

}  // namespace rules::feel
