#include "core/storage/statement_file.hpp"

#include <gtest/gtest.h>

namespace mortise::storage {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kList = R"(-- Things, by due date.
-- @param status text?
-- @param sort choice(due, -due)
-- @param limit int
-- @column id uuid
-- @column title text?
SELECT id, title FROM things__thing WHERE note <> ':status' -- :limit is no parameter here
--? status
  AND status = :status
--? sort = due
ORDER BY due
--? sort = -due
ORDER BY due DESC
--? end
LIMIT :limit;
)";

std::unique_ptr<const StatementTemplate> parse(std::string_view text) {
    auto parsed = parse_statement_file("list", "list.sql", text);
    EXPECT_TRUE(parsed.ok()) << parsed.error().detail;
    return std::move(parsed).value();
}

std::string refusal(std::string_view text) {
    const auto parsed = parse_statement_file("list", "list.sql", text);
    return parsed.ok() ? "accepted" : parsed.error().detail;
}

TEST(StatementFile, EveryCombinationOfBlocksIsAStatementOfItsOwn) {
    const auto list = parse(kList);
    EXPECT_EQ(list->variants(), 4U);
    std::vector<Value> bound;
    const Value with[] = {"open"sv, "-due"sv, std::int64_t{5}};
    const Statement* statement = list->select(with, bound).value();
    EXPECT_EQ(
        statement->sqlite(),
        "-- Things, by due date.\nSELECT id, title FROM things__thing WHERE note <> ':status' -- :limit is no parameter here\n"
        "  AND status = $1\nORDER BY due DESC\nLIMIT $2");
    EXPECT_EQ(statement->parameters(), (std::vector<Type>{Type::kText, Type::kInteger}));
    EXPECT_EQ(bound, (std::vector<Value>{"open"sv, std::int64_t{5}}));

    const Value without[] = {Null{}, "due"sv, std::int64_t{5}};
    const Statement* other = list->select(without, bound).value();
    EXPECT_NE(statement->id(), other->id());
    EXPECT_EQ(other->sqlite().find("AND status"), std::string::npos);
    EXPECT_EQ(bound, (std::vector<Value>{std::int64_t{5}}));
    EXPECT_EQ(other->columns(), (std::vector<Type>{Type::kUuid, Type::kText}));
}

TEST(StatementFile, SaysWhetherItMayChangeRows) {
    for (const char* reading :
         {"SELECT 1", "SELECT 'insert', updated, \"update\" FROM a -- delete\n", "SELECT /* merge */ deleted",
          "WITH inserts AS (SELECT 1) SELECT * FROM inserts", "SELECT d\xc3\xa9lete FROM a"})
        EXPECT_FALSE(parse(reading)->writes()) << reading;
    for (const char* writing :
         {"INSERT INTO a VALUES (1)", "update a SET b = 1", "Delete FROM a", "SELECT 1 FROM a FOR UPDATE",
          "WITH x AS (DELETE FROM a RETURNING b) SELECT b FROM x",
          "SELECT '--' FROM a WHERE 1=1/**/FOR UPDATE"})
        EXPECT_TRUE(parse(writing)->writes()) << writing;
}

TEST(StatementFile, ValuesMustBeWhatIsDeclared) {
    const auto list = parse(kList);
    std::vector<Value> bound;
    const auto code = [&](std::vector<Value> values) {
        const auto selected = list->select(values, bound);
        return selected.ok() ? "accepted" : selected.error().detail;
    };
    EXPECT_NE(code({}).find("takes 3 values, not 0"), std::string::npos);
    EXPECT_NE(code({Null{}, "sideways"sv, std::int64_t{1}}).find("sort is none of its choices"),
              std::string::npos);
    EXPECT_NE(code({Null{}, Null{}, std::int64_t{1}}).find("sort may not be null"), std::string::npos);
    EXPECT_NE(code({Null{}, "due"sv, Null{}}).find("limit may not be null"), std::string::npos);
    EXPECT_NE(code({std::int64_t{1}, "due"sv, std::int64_t{1}}).find("status has another type"),
              std::string::npos);
}

TEST(StatementFile, AParameterUsedTwiceIsBoundOnce) {
    const auto update = parse("-- @param a int\nUPDATE x__y SET a = :a, b = :a::bigint");
    std::vector<Value> bound;
    const Value values[] = {std::int64_t{1}};
    EXPECT_EQ(update->select(values, bound).value()->sqlite(), "UPDATE x__y SET a = $1, b = $1::bigint");
    EXPECT_EQ(bound.size(), 1U);
}

TEST(StatementFile, WhatFollowsTheLastSemicolonIsNotSent) {
    const auto one = parse("SELECT 1; -- a;b\n;");
    std::vector<Value> bound;
    EXPECT_EQ(one->select({}, bound).value()->sqlite(), "SELECT 1");
}

TEST(StatementFile, FaultsNameFileAndLine) {
    EXPECT_EQ(refusal("-- @param a integer\nSELECT 1"),
              "list.sql:1: unknown type integer; int, real, text, bytes, uuid, bool, time");
    EXPECT_EQ(refusal("-- @param a int\n-- @param a int\nSELECT 1"), "list.sql:2: a is declared twice");
    EXPECT_EQ(refusal("SELECT 1,\n:nobody"), "list.sql:2: :nobody is not declared as a value");
    EXPECT_EQ(refusal("SELECT $1"), "list.sql:1: parameters are written :name; $ and ? are not allowed");
    EXPECT_EQ(refusal("SELECT 1; DELETE FROM x"), "list.sql:1: only one statement is allowed");
    EXPECT_EQ(refusal("-- nothing\n"), "list.sql:1: there is no statement");
    EXPECT_EQ(refusal("DROP TABLE x"),
              "list.sql:1: a statement begins with SELECT, INSERT, UPDATE, DELETE or WITH");
    EXPECT_EQ(refusal("/* SELECT */ EXPLAIN SELECT 1"),
              "list.sql:1: a statement begins with SELECT, INSERT, UPDATE, DELETE or WITH");
    EXPECT_EQ(refusal("SELECT 'a"), "list.sql:1: a string or comment does not end in its block");
    EXPECT_EQ(refusal("SELECT 1 /* a"), "list.sql:1: a string or comment does not end in its block");
    EXPECT_NE(refusal("SELECT 1\n--? status\n").find("list.sql:2: no parameter is declared"),
              std::string::npos);
    EXPECT_NE(refusal("-- @param s choice(a, b)\nSELECT 1\n--? s = c\n").find("list.sql:3:"),
              std::string::npos);
    EXPECT_NE(refusal("-- @param s text\nSELECT 1\n--? s\n").find("list.sql:3:"), std::string::npos);
    EXPECT_EQ(refusal("SELECT 1\n-- @param a int\n"), "list.sql:2: declarations stand before the SQL");
}

TEST(StatementFile, TextThatTheEnginesReadDifferentlyIsRefused) {
    EXPECT_NE(refusal(R"(SELECT E'\'; DELETE FROM x; --')").find("escapes"), std::string::npos);
    EXPECT_NE(refusal("SELECT U&'d!0061t' UESCAPE '!'").find("escapes"), std::string::npos);
    EXPECT_NE(refusal("/* /* */ SELECT 1 */ SELECT 2").find("comment within"), std::string::npos);
    EXPECT_NE(refusal("/* /*/ SELECT 1").find("comment within"), std::string::npos);
    EXPECT_EQ(refusal("SELECT x'00', name'e' /* fine */ FROM t"), "accepted");
}

TEST(Statement, AQueryBeginsWithItsVerb) {
    EXPECT_TRUE(begins_query("-- A note\n /* more */ select 1"));
    EXPECT_TRUE(begins_query("WITH x AS (SELECT 1) SELECT 1"));
    EXPECT_FALSE(begins_query("SET ROLE NONE"));
    EXPECT_FALSE(begins_query("selects"));
    EXPECT_FALSE(begins_query("/* /* */ SELECT */ SET ROLE NONE"));
    EXPECT_FALSE(begins_query("/* /*/ SELECT */*/ SET ROLE NONE"));
    EXPECT_FALSE(begins_query("/* SELECT"));
    EXPECT_FALSE(begins_query(""));
}

TEST(StatementFile, BlocksThatMultiplyTooFarAreRefused) {
    std::string text;
    for (char c = 'a'; c <= 'i'; ++c)
        text += std::string("-- @param ") + c + " int?\n";
    text += "SELECT 1\n";
    for (char c = 'a'; c <= 'i'; ++c)
        text += std::string("--? ") + c + "\n, :" + c + "\n";
    EXPECT_EQ(refusal(text), "list.sql:1: the blocks make more than 256 variants");
    EXPECT_EQ(refusal(std::string(kMaxStatementFile + 1, ' ')),
              "list.sql:1: the file is larger than 65536 bytes");
}

}  // namespace
}  // namespace mortise::storage
