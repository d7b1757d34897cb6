#include "feel/temporal.hpp"

#include <gtest/gtest.h>

namespace rules::feel {
namespace {

TEST(Temporal, ReadsAndWritesDates) {
    for (const auto text : {"2024-02-29", "0001-01-01", "-2017-12-31", "999999999-12-31", "-999999999-01-01"})
        EXPECT_EQ(Date::parse(text).value().to_string(), text);
    for (const auto text : {"2023-02-29", "2024-13-01", "2024-00-10", "998-12-31", "01211-12-31",
                            "+2012-12-31", "2012-1-1", "2012-12-31Z", "", "9999999999-01-01"})
        EXPECT_FALSE(Date::parse(text)) << text;
}

TEST(Temporal, CountsDaysOverTheWholeCalendar) {
    for (const std::int64_t days : {0LL, -1LL, 19'000LL, -719'468LL, 146'097LL * 1000, -146'097LL * 1000 - 5})
        EXPECT_EQ(Date::from_days(days).value().to_days(), days);
    EXPECT_FALSE(Date::from_days(INT64_MAX));
    EXPECT_FALSE(Date::from_days(INT64_MIN));
    EXPECT_EQ(Date::parse("2024-02-29")->weekday(), 4);
    EXPECT_EQ(Date::parse("2024-12-31")->day_of_year(), 366);
    EXPECT_EQ(Date::parse("2005-01-01")->week_of_year(), 53);
    EXPECT_EQ(Date::parse("2021-01-04")->week_of_year(), 1);
    EXPECT_EQ(Date::parse("2018-12-31")->week_of_year(), 1);
}

TEST(Temporal, ReadsAndWritesTimes) {
    for (const auto text : {"10:30:11", "00:00:00Z", "10:30:11+11:00", "10:30:11.123456789-01:35",
                            "10:30:11+01:00:30", "10:30:11@Europe/Paris"})
        EXPECT_EQ(Time::parse(text).value().to_string(), text);
    EXPECT_EQ(Time::parse("24:00:00")->to_string(), "00:00:00");
    EXPECT_EQ(Time::parse("10:30:11.1234567891")->nanos % kNanosPerSecond, 123'456'789);
    for (const auto text :
         {"24:00:01", "25:00:00", "10:60:00", "10:30", "7:00:00", "10:30:11+19:00", "10:30:11+5",
          "10:30:11@xyz/abc", "10:30:11+01:00@Europe/Paris", "10:30:11.", "10:30:11Zx"})
        EXPECT_FALSE(Time::parse(text)) << text;
}

TEST(Temporal, KnowsTheOffsetsOfZones) {
    EXPECT_EQ(DateTime::parse("2024-07-01T12:00:00@Europe/Paris")->utc_seconds(),
              DateTime::parse("2024-07-01T10:00:00Z")->utc_seconds());
    EXPECT_EQ(DateTime::parse("2024-01-01T12:00:00@Europe/Paris")->utc_seconds(),
              DateTime::parse("2024-01-01T11:00:00Z")->utc_seconds());
    EXPECT_EQ(Zone::named("Australia/Melbourne")->name(), "Australia/Melbourne");
    EXPECT_FALSE(Zone::named("europe/paris"));
    EXPECT_EQ(DateTime::at(0, 0, *Zone::named("Asia/Dhaka"))->to_string(), "1970-01-01T06:00:00@Asia/Dhaka");
}

TEST(Temporal, TurnsTheLastMidnightIntoTheNextDay) {
    EXPECT_EQ(DateTime::parse("2023-12-31T24:00:00Z")->to_string(), "2024-01-01T00:00:00Z");
    EXPECT_FALSE(DateTime::parse("999999999-12-31T24:00:00"));
    EXPECT_EQ(DateTime::parse("2023-12-31")->to_string(), "2023-12-31T00:00:00");
}

TEST(Temporal, ReadsAndWritesDurations) {
    EXPECT_EQ(parse_years_months("P1Y14M")->to_string(), "P2Y2M");
    EXPECT_EQ(parse_years_months("-P13M")->to_string(), "-P1Y1M");
    EXPECT_EQ(parse_years_months("P0Y")->to_string(), "P0M");
    EXPECT_EQ(parse_days_time("P0DT25H")->to_string(), "P1DT1H");
    EXPECT_EQ(parse_days_time("-PT0.5S")->to_string(), "-PT0.5S");
    EXPECT_EQ(parse_days_time("PT90M")->to_string(), "PT1H30M");
    EXPECT_EQ(parse_days_time("PT0S")->to_string(), "PT0S");
    for (const auto text : {"P", "PT", "P1DT", "1Y", "P1M1Y", "P1.5D", "P1Y1D", "PT1S1M",
                            "P99999999999999999999D", "+P1D", "P999999999999999999D"})
        EXPECT_FALSE(parse_days_time(text)) << text;
    for (const auto text : {"P", "P1D", "P1Y1", "P999999999999999999Y"})
        EXPECT_FALSE(parse_years_months(text)) << text;
    EXPECT_EQ(YearsMonthsDuration{INT64_MIN}.to_string(), "-P768614336404564650Y8M");
}

}  // namespace
}  // namespace rules::feel
