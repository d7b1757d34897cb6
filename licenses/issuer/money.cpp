#include "licenses/issuer/money.hpp"

#include <algorithm>
#include <cstdio>

namespace mortise::issuer {
namespace {

__extension__ using Wide = __int128;

// Half to even.
Wide divide_rounded(Wide dividend, Wide divisor) {
    const Wide whole = dividend / divisor, twice = dividend % divisor * 2;
    return whole + (twice > divisor || (twice == divisor && whole % 2 != 0) ? 1 : 0);
}

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Money> parse_money(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const std::string_view number = text.substr(0, space), currency = text.substr(space + 1);
    const bool is_code = currency.size() == 3 && std::all_of(currency.begin(), currency.end(),
                                                             [](char c) { return c >= 'A' && c <= 'Z'; });
    const std::size_t point = number.find('.');
    const std::string_view whole = number.substr(0, point);
    std::string places(point == std::string_view::npos ? std::string_view() : number.substr(point + 1));
    if (!is_code || !all_digits(whole) || whole.size() > 11 || places.size() > 4) return std::nullopt;
    if (point != std::string_view::npos && !all_digits(places)) return std::nullopt;
    places.resize(4, '0');
    Money out{0, std::string(currency)};
    for (const char digit : std::string(whole) + places)
        out.ten_thousandths = out.ten_thousandths * 10 + (digit - '0');
    return out;
}

std::string format_amount(std::int64_t ten_thousandths) {
    const auto cents = static_cast<long long>(divide_rounded(ten_thousandths, 100));
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%02lld", cents / 100, cents % 100);
    return text;
}

std::int64_t for_a_year(std::int64_t ten_thousandths, licenses::Seconds term) {
    constexpr licenses::Seconds kYear = 365LL * 86400;
    if (term <= 0) return 0;
    const Wide amount = divide_rounded(Wide{ten_thousandths} * kYear, term);
    return static_cast<std::int64_t>(std::min<Wide>(amount, INT64_MAX));
}

}  // namespace mortise::issuer
