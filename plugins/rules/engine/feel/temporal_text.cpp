// Dates, times and durations from and to their texts.
#include "feel/temporal.hpp"

#include <limits>

namespace rules::feel {

namespace {

constexpr std::int32_t kMaxOffset = 18 * 3600;

// Reads a text from the left; each step says whether it was there.
class Reader {
 public:
    explicit Reader(std::string_view text) noexcept : rest_(text) {}

    bool done() const noexcept { return rest_.empty(); }
    std::string_view rest() const noexcept { return rest_; }

    bool take(char c) noexcept {
        if (rest_.empty() || rest_[0] != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view digits() noexcept {
        std::size_t count = 0;
        while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9')
            ++count;
        const auto result = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return result;
    }

    std::optional<std::int64_t> two_digits() noexcept {
        const auto text = digits();
        if (text.size() != 2) return std::nullopt;
        return (text[0] - '0') * 10 + (text[1] - '0');
    }

 private:
    std::string_view rest_;
};

std::optional<std::int64_t> number_of(std::string_view digits) noexcept {
    if (digits.empty() || digits.size() > 18) return std::nullopt;
    std::int64_t result = 0;
    for (const char c : digits)
        result = result * 10 + (c - '0');
    return result;
}

// After the point: nanoseconds, what is finer is cut off.
std::optional<std::int64_t> read_fraction(Reader& reader) noexcept {
    if (!reader.take('.')) return 0;
    const auto digits = reader.digits();
    if (digits.empty()) return std::nullopt;
    std::int64_t nanos = 0;
    for (std::size_t i = 0; i < 9; ++i)
        nanos = nanos * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    return nanos;
}

std::optional<Date> read_date(Reader& reader) noexcept {
    const bool negative = reader.take('-');
    const auto year = reader.digits();
    if (year.size() < 4 || year.size() > 9 || (year.size() > 4 && year[0] == '0')) return std::nullopt;
    if (!reader.take('-')) return std::nullopt;
    const auto month = reader.two_digits();
    if (!month || !reader.take('-')) return std::nullopt;
    const auto day = reader.two_digits();
    if (!day) return std::nullopt;
    const auto absolute = *number_of(year);
    return Date::of(negative ? -absolute : absolute, *month, *day);
}

std::optional<Zone> read_offset(Reader& reader, int sign) noexcept {
    const auto hours = reader.two_digits();
    if (!hours || !reader.take(':')) return std::nullopt;
    const auto minutes = reader.two_digits();
    if (!minutes || *minutes > 59) return std::nullopt;
    std::int64_t seconds = *hours * 3600 + *minutes * 60;
    if (reader.take(':')) {
        const auto more = reader.two_digits();
        if (!more || *more > 59) return std::nullopt;
        seconds += *more;
    }
    if (seconds > kMaxOffset) return std::nullopt;
    return Zone::offset(static_cast<std::int32_t>(sign * seconds));
}

// To the end of the text.
std::optional<Zone> read_zone(Reader& reader) {
    if (reader.done()) return Zone();
    if (reader.take('@')) return Zone::named(reader.rest());
    std::optional<Zone> zone;
    if (reader.take('Z') || reader.take('z')) {
        zone = Zone::offset(0);
    } else if (reader.take('+')) {
        zone = read_offset(reader, 1);
    } else if (reader.take('-')) {
        zone = read_offset(reader, -1);
    }
    return reader.done() ? zone : std::nullopt;
}

struct Clock {
    Time time;
    bool next_day = false;  // 24:00:00, which is the midnight that follows
};

std::optional<Clock> read_time(Reader& reader) {
    const auto hour = reader.two_digits();
    if (!hour || !reader.take(':')) return std::nullopt;
    const auto minute = reader.two_digits();
    if (!minute || !reader.take(':')) return std::nullopt;
    const auto second = reader.two_digits();
    const auto nanos = read_fraction(reader);
    if (!second || !nanos) return std::nullopt;
    const auto zone = read_zone(reader);
    if (!zone) return std::nullopt;
    const bool next_day = *hour == 24 && *minute == 0 && *second == 0 && *nanos == 0;
    const auto time = Time::of(next_day ? 0 : *hour, *minute, *second, *nanos, *zone);
    if (!time) return std::nullopt;
    return Clock{*time, next_day};
}

void append_padded(std::string& out, std::int64_t number, std::size_t width) {
    const auto digits = std::to_string(number);
    if (digits.size() < width) out.append(width - digits.size(), '0');
    out += digits;
}

void append_fraction(std::string& out, std::int64_t nanos) {
    if (nanos == 0) return;
    out += '.';
    append_padded(out, nanos, 9);
    while (out.back() == '0')
        out.pop_back();
}

void append_clock(std::string& out, std::int64_t nanos) {
    const auto seconds = nanos / kNanosPerSecond;
    append_padded(out, seconds / 3600, 2);
    out += ':';
    append_padded(out, seconds / 60 % 60, 2);
    out += ':';
    append_padded(out, seconds % 60, 2);
    append_fraction(out, nanos % kNanosPerSecond);
}

// A number with its letter, as `12H`: each of the letters at most once, and in their order.
class DurationReader {
 public:
    explicit DurationReader(std::string_view text) noexcept : reader_(text) {
        negative_ = reader_.take('-');
        ok_ = reader_.take('P');
    }

    bool negative() const noexcept { return negative_; }
    bool ok() const noexcept { return ok_ && parts_ > 0 && reader_.done(); }
    bool take(char c) noexcept { return ok_ && reader_.take(c); }
    bool done() const noexcept { return reader_.done(); }

    // The number before a letter, or 0 if another letter follows.
    std::int64_t part(char letter) noexcept {
        Reader ahead = reader_;
        const auto digits = ahead.digits();
        if (digits.empty() || !ahead.take(letter)) return 0;
        return accept(digits, ahead);
    }

    std::int64_t seconds(std::int64_t& nanos) noexcept {
        Reader ahead = reader_;
        const auto digits = ahead.digits();
        const auto fraction = read_fraction(ahead);
        if (digits.empty() || !fraction || !ahead.take('S')) return 0;
        nanos = *fraction;
        return accept(digits, ahead);
    }

    // After a `T` at least one part must follow.
    int parts() const noexcept { return parts_; }
    void fail() noexcept { ok_ = false; }

 private:
    std::int64_t accept(std::string_view digits, const Reader& after) noexcept {
        const auto number = number_of(digits);
        if (!number) {
            ok_ = false;
            return 0;
        }
        reader_ = after;
        ++parts_;
        return *number;
    }

    Reader reader_;
    bool negative_ = false;
    bool ok_ = false;
    int parts_ = 0;
};

bool add_product(std::int64_t& sum, std::int64_t number, std::int64_t factor) noexcept {
    std::int64_t product = 0;
    return !__builtin_mul_overflow(number, factor, &product) && !__builtin_add_overflow(sum, product, &sum);
}

}  // namespace

std::optional<Date> Date::parse(std::string_view text) {
    Reader reader(text);
    const auto date = read_date(reader);
    return reader.done() ? date : std::nullopt;
}

std::optional<Time> Time::parse(std::string_view text) {
    Reader reader(text);
    const auto clock = read_time(reader);
    if (!clock) return std::nullopt;
    return clock->time;
}

std::optional<DateTime> DateTime::parse(std::string_view text) {
    Reader reader(text);
    const auto date = read_date(reader);
    if (!date) return std::nullopt;
    if (reader.done()) return DateTime{*date, 0, Zone()};
    if (!reader.take('T')) return std::nullopt;
    const auto clock = read_time(reader);
    if (!clock) return std::nullopt;
    const auto day = clock->next_day ? Date::from_days(date->to_days() + 1) : date;
    if (!day) return std::nullopt;
    return DateTime{*day, clock->time.nanos, clock->time.zone};
}

std::optional<YearsMonthsDuration> parse_years_months(std::string_view text) {
    DurationReader reader(text);
    const auto years = reader.part('Y');
    auto months = reader.part('M');
    if (!reader.ok() || !add_product(months, years, 12)) return std::nullopt;
    return YearsMonthsDuration{reader.negative() ? -months : months};
}

std::optional<DaysTimeDuration> parse_days_time(std::string_view text) {
    DurationReader reader(text);
    std::int64_t nanos = 0;
    std::int64_t seconds = 0;
    bool fits = add_product(seconds, reader.part('D'), kSecondsPerDay);
    if (reader.take('T')) {
        const auto before = reader.parts();
        fits = add_product(seconds, reader.part('H'), 3600) && fits;
        fits = add_product(seconds, reader.part('M'), 60) && fits;
        fits = add_product(seconds, reader.seconds(nanos), 1) && fits;
        if (reader.parts() == before) return std::nullopt;
    }
    if (!reader.ok() || !fits) return std::nullopt;
    if (!reader.negative()) return DaysTimeDuration{seconds, static_cast<std::int32_t>(nanos)};
    if (nanos == 0) return DaysTimeDuration{-seconds, 0};
    return DaysTimeDuration{-seconds - 1, static_cast<std::int32_t>(kNanosPerSecond - nanos)};
}

std::string Zone::to_string() const {
    if (none()) return {};
    if (is_named()) return "@" + std::string(name());
    if (seconds_ == 0) return "Z";
    std::string out(1, seconds_ < 0 ? '-' : '+');
    const auto absolute = seconds_ < 0 ? -seconds_ : seconds_;
    append_padded(out, absolute / 3600, 2);
    out += ':';
    append_padded(out, absolute / 60 % 60, 2);
    if (absolute % 60 == 0) return out;
    out += ':';
    append_padded(out, absolute % 60, 2);
    return out;
}

std::string Date::to_string() const {
    std::string out;
    if (year < 0) out += '-';
    append_padded(out, year < 0 ? -year : year, 4);
    out += '-';
    append_padded(out, month, 2);
    out += '-';
    append_padded(out, day, 2);
    return out;
}

std::string Time::to_string() const {
    std::string out;
    append_clock(out, nanos);
    return out + zone.to_string();
}

std::string DateTime::to_string() const {
    auto out = date.to_string() + "T";
    append_clock(out, nanos);
    return out + zone.to_string();
}

std::string YearsMonthsDuration::to_string() const {
    if (months == 0) return "P0M";
    // The smallest number has no positive one.
    const auto absolute =
        months < 0 ? 0 - static_cast<std::uint64_t>(months) : static_cast<std::uint64_t>(months);
    std::string out = months < 0 ? "-P" : "P";
    if (absolute / 12 != 0) out += std::to_string(absolute / 12) + "Y";
    if (absolute % 12 != 0) out += std::to_string(absolute % 12) + "M";
    return out;
}

std::string DaysTimeDuration::to_string() const {
    if (seconds == 0 && nanos == 0) return "PT0S";
    const bool negative = seconds < 0;
    auto whole = static_cast<std::uint64_t>(seconds);
    std::int64_t fraction = nanos;
    if (negative) {
        whole = 0 - whole;
        if (fraction != 0) {
            --whole;
            fraction = kNanosPerSecond - fraction;
        }
    }
    std::string out = negative ? "-P" : "P";
    if (whole / kSecondsPerDay != 0) out += std::to_string(whole / kSecondsPerDay) + "D";
    const auto of_day = whole % kSecondsPerDay;
    if (of_day == 0 && fraction == 0) return out;
    out += 'T';
    if (of_day / 3600 != 0) out += std::to_string(of_day / 3600) + "H";
    if (of_day / 60 % 60 != 0) out += std::to_string(of_day / 60 % 60) + "M";
    if (of_day % 60 == 0 && fraction == 0) return out;
    out += std::to_string(of_day % 60);
    append_fraction(out, fraction);
    return out + "S";
}

}  // namespace rules::feel
