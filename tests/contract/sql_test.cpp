// mortise.sql/1 over both hosts: named statements, values, rows in batches, and errors as types.h lists them.
#include "tests/contract/contract_host.hpp"

#include <bit>
#include <string>

namespace mortise::contract {
namespace {

class SqlService : public ContractTest {
 protected:
    std::string count() { return std::string(host_.read("sql count 1 rows").body()); }
};
MORTISE_IN_BOTH_HOSTS(SqlService);

std::string little_endian(std::uint64_t number, std::size_t bytes = 8) {
    std::string out;
    for (std::size_t i = 0; i < bytes; ++i)
        out += static_cast<char>(number >> (8 * i));
    return out;
}

TEST_P(SqlService, EveryTypeComesBackAsItWent) {
    EXPECT_EQ(host_
                  .read("sql types 6 rows i:-9223372036854775808 r:-0.1 t:d%c3%bce x:00ff u:"
                        "00112233445566778899aabbccddeeff b:1")
                  .body(),
              "sql OK i:-9223372036854775808,r:-0.1,t:düe,x:00ff,u:00112233445566778899aabbccddeeff,b:1;"
              " changed=0\n");
    EXPECT_EQ(host_.read("sql types 6 rows n: n: n: n: n: n:").body(),
              "sql OK n:,n:,n:,n:,n:,n:; changed=0\n");
    EXPECT_EQ(
        host_
            .read("sql types 6 rows i:9223372036854775807 r:1e308 t: x: "
                  "u:00000000000000000000000000000000 b:0")
            .body(),
        "sql OK i:9223372036854775807,r:1e+308,t:,x:,u:00000000000000000000000000000000,b:0; changed=0\n")
        << "an empty text is no null";
    EXPECT_EQ(host_.read("sql types 6 rows n: n: n: n: n: b:7").body(),
              "sql OK n:,n:,n:,n:,n:,b:1; changed=0\n");
}

// What services.h says of a batch, byte by byte.
TEST_P(SqlService, ABatchIsRowsOneAfterTheOther) {
    EXPECT_EQ(host_.write("sql add 0 none i:1 t:ab n: i:7").body(), "sql OK  changed=1\n");
    const std::string batch = "\x01" + little_endian(1) + "\x03" + little_endian(2, 4) + "ab" +
                              std::string("\0", 1) + "\x01" + little_endian(7);
    EXPECT_EQ(host_.read("sql all 4 hash").body(), "sql OK " + shown(batch) + " changed=0\n");
}

TEST_P(SqlService, RowsComeInBatchesOf64KiB) {
    std::string rows;
    for (std::uint64_t i = 1; i <= 30000; ++i)
        rows += "\x01" + little_endian(i);
    EXPECT_EQ(host_.read("sql numbers 1 hash i:30000").body(), "sql OK " + shown(rows) + " changed=0\n");
    const std::string filler(50'000, 'x');
    rows.clear();
    for (std::uint64_t i = 1; i <= 40; ++i)
        rows += "\x01" + little_endian(i) + "\x03" + little_endian(filler.size(), 4) + filler;
    EXPECT_EQ(host_.read("sql wide 2 hash i:40 t*:50000").body(), "sql OK " + shown(rows) + " changed=0\n");
}

// A row is never split, so a large one is a batch by itself.
TEST_P(SqlService, ALargeRowIsOneBatch) {
    for (const std::size_t size : {65531UL, 65532UL, 1'000'000UL, 30'000'000UL}) {
        const std::string row = "\x04" + little_endian(size, 4) + std::string(size, 'x');
        EXPECT_EQ(host_.read("sql echo 1 hash x*:" + std::to_string(size)).body(),
                  "sql OK " + shown(row) + (row.size() > 65536 ? " large" : "") + " changed=0\n");
    }
}

TEST_P(SqlService, ASinkMayHaveEnough) {
    EXPECT_EQ(host_
                  .read("sql numbers 1 stop i:90000\nsql count 1 rows\nsql numbers 1 fail i:90000\n"
                        "sql count 1 rows\nsql numbers 1 stop i:1\nsql numbers 1 fail i:1\nsql count 1 rows")
                  .body(),
              "sql OK 1 changed=0\nsql OK i:0; changed=0\nsql TOO_BIG 1\nsql OK i:0; changed=0\n"
              "sql OK 1 changed=0\nsql TOO_BIG 1\nsql OK i:0; changed=0\n");
}

TEST_P(SqlService, AStatementAnswersAtMost100000Rows) {
    EXPECT_EQ(host_.read("sql numbers 1 hash i:100000").outcome, "ok");
    EXPECT_TRUE(host_.read("last").body().starts_with("last:\nsql OK "));
    const Told told = host_.read("sql numbers 1 hash i:100001\nreturn -9");
    EXPECT_EQ(told.outcome, "!value_too_large");
    EXPECT_TRUE(host_.read("last").body().starts_with("last:\nsql TOO_BIG")) << host_.read("last").body();
}

TEST_P(SqlService, ChangesAreCountedAndShown) {
    EXPECT_EQ(
        host_
            .write(
                "sql add 0 none i:1 t:one n: i:0\nsql add 0 none i:2 t:two i:1 i:0\n"
                "sql raise 2 rows i:5\nsql raise 2 none i:1\nsql-no-count all 4 rows\nsql remove 0 none i:2\n"
                "sql remove 0 none i:2\nsql count 1 none\nsql add 0 rows i:3 t:three n: i:0")
            .body(),
        "sql OK  changed=1\nsql OK  changed=1\nsql OK i:1,i:5;i:2,i:5; changed=2\nsql OK  changed=2\n"
        "sql-no-count OK i:1,t:one,n:,i:6;i:2,t:two,i:1,i:6;\nsql OK  changed=1\nsql OK  changed=0\n"
        "sql OK  changed=0\nsql OK  changed=1\n");
}

TEST_P(SqlService, BlocksAndChoicesAreChosenByValues) {
    EXPECT_EQ(host_
                  .write("sql add 0 none i:1 t:one n: i:0\nsql add 0 none i:2 t:two n: i:0\n"
                         "sql filtered 1 rows n: t:up\nsql filtered 1 rows n: t:down\n"
                         "sql filtered 1 rows t:two t:up\nsql filtered 1 rows n: t:sideways\n"
                         "sql filtered 1 rows n: n:")
                  .body(),
              "sql OK  changed=1\nsql OK  changed=1\nsql OK i:1;i:2; changed=0\nsql OK i:2;i:1; changed=0\n"
              "sql OK i:2; changed=0\nsql INVALID\nsql INVALID\n");
}

// "After a failure other than E_INVALID, E_NOT_FOUND … the unit of work can only roll back": after these two
// it goes on.
TEST_P(SqlService, WrongUsesAreAnsweredAndTheUnitGoesOn) {
    const std::string long_name(300, 'n');
    const Told told = host_.write(
        "sql nothing 0 none\nsql " + long_name +
        " 0 none\nsql add.sql 0 none\nsql ../queries/add 0 none\n"
        "sql add 0 none\nsql add 0 none i:1 t:x n:\nsql add 0 none i:1 t:x n: i:1 i:1\nsql add 0 none t:1 t:x n: i:1\n"
        "sql add 0 none n: t:x n: i:1\nsql add 0 none i:1 th:ff n: i:1\nsql add 0 none i:1 th:610062 n: i:1\n"
        "sql types 6 rows n: r:nan n: n: n: n:\nsql types 6 rows n: n: n: n: u:00 n:\nsql types 6 rows ?:7 n: n: n: n: n:\n"
        "sql types 6 rows n: n: t0 n: n: n:\nsql types 6 rows n: n: n: x0 n: n:\nsql types 6 rows n: n: n: n: u0 n:\n"
        "sql-no-name all\nsql-no-values all\nsql all 4 no-push\n@null sql all 4 rows\nsql add 0 none i:1 t:x n: i:1");
    EXPECT_EQ(
        told.body(),
        "sql NOT_FOUND\nsql NOT_FOUND\nsql NOT_FOUND\nsql NOT_FOUND\nsql INVALID\nsql INVALID\nsql INVALID\n"
        "sql INVALID\nsql INVALID\nsql INVALID\nsql INVALID\nsql INVALID\nsql INVALID\nsql INVALID\n"
        "sql INVALID\nsql INVALID\nsql INVALID\nsql-no-name INVALID\nsql-no-values INVALID\nsql INVALID\n"
        "sql INVALID\nsql OK  changed=1\n");
    EXPECT_TRUE(told.committed);
    EXPECT_EQ(count(), "sql OK i:1; changed=0\n");
}

TEST_P(SqlService, TooManyOrTooLargeValuesAreRefused) {
    std::string many = "sql add 0 none";
    for (int i = 0; i < 65; ++i)
        many += " i:1";
    EXPECT_EQ(host_.write(many + "\nsql count 1 rows").body(), "sql INVALID\nsql OK i:0; changed=0\n");
    for (const char* size : {"33554433", "50331649"}) {
        EXPECT_FALSE(host_.write(std::string("sql echo 1 none x*:") + size + "\nreturn -9").committed);
        EXPECT_EQ(host_.read("last").body(), "last:\nsql TOO_BIG\n\n") << size;
    }
}

TEST_P(SqlService, BrokenRulesHaveTheirStatus) {
    ASSERT_TRUE(host_.write("sql add 0 none i:1 t:one n: i:0").committed);
    const auto status = [&](std::string_view values) {
        const Told told = host_.write("sql add 0 none " + std::string(values) + "\nfail 409 seen Seen.");
        EXPECT_EQ(told.outcome, "seen");
        return std::string(host_.read("last").body());
    };
    EXPECT_EQ(status("i:1 t:other n: i:0"), "last:\nsql UNIQUE\nfail OK\n\n");
    EXPECT_EQ(status("i:2 t:one n: i:0"), "last:\nsql UNIQUE\nfail OK\n\n");
    EXPECT_EQ(status("i:2 t:two i:77 i:0"), "last:\nsql FOREIGN_KEY\nfail OK\n\n");
    EXPECT_EQ(status("i:2 t:two n: i:-1"), "last:\nsql CHECK\nfail OK\n\n");
}

// Whatever a plugin makes of a statement that failed, nothing of the call is stored.
TEST_P(SqlService, AfterAFailureTheUnitCanOnlyRollBack) {
    ASSERT_TRUE(host_.write("sql add 0 none i:1 t:one n: i:0").committed);
    const Told ignored = host_.write(
        "sql add 0 none i:2 t:two n: i:0\nsql add 0 none i:1 t:x n: i:0\n"
        "sql add 0 none i:3 t:three n: i:0\nrespond 200");
    EXPECT_TRUE(ignored.outcome.starts_with("!")) << ignored.outcome;
    EXPECT_FALSE(ignored.committed);
    EXPECT_EQ(host_.write("sql add 0 none i:1 t:x n: i:0\nreturn -4").outcome, "!unique_violation");
    EXPECT_EQ(count(), "sql OK i:1; changed=0\n");
}

TEST_P(SqlService, AReadingCallWritesNothing) {
    EXPECT_EQ(host_.read("sql add 0 none i:1 t:one n: i:0\nreturn -3").outcome.substr(0, 1), "!");
    EXPECT_EQ(host_.read("last").body().substr(0, 17), "last:\nsql DENIED\n");
    EXPECT_EQ(count(), "sql OK i:0; changed=0\n");
}

TEST_P(SqlService, ACallSeesWhatItWrote) {
    EXPECT_EQ(host_.write("sql count 1 rows\nsql add 0 none i:1 t:one n: i:0\nsql count 1 rows\nrespond 409")
                  .outcome,
              "ok");
    EXPECT_EQ(host_.read("last").body(),
              "last:\nsql OK i:0; changed=0\nsql OK  changed=1\nsql OK i:1; changed=0\nrespond OK\n\n");
    EXPECT_EQ(count(), "sql OK i:0; changed=0\n");
}

TEST_P(SqlService, TenantsHaveTheirOwnRows) {
    const auto other = host_.database().make_tenant();
    const auto in = [&](const base::Uuid& tenant, std::string_view script) {
        Ask ask = host_.writing(script);
        ask.context.tenant = tenant;
        return std::string(host_.call(ask).body());
    };
    const std::string add = "sql add 0 none i:1 t:equal n: i:0\nsql all 4 rows";
    for (const auto& tenant : {host_.tenant(), other})
        EXPECT_EQ(in(tenant, add), "sql OK  changed=1\nsql OK i:1,t:equal,n:,i:0; changed=0\n");
    EXPECT_EQ(in(other, "sql raise 2 rows i:3"), "sql OK i:1,i:3; changed=1\n");
    EXPECT_EQ(in(host_.tenant(), "sql all 4 rows"), "sql OK i:1,t:equal,n:,i:0; changed=0\n");
    EXPECT_EQ(in(other, "sql remove 0 none i:1"), "sql OK  changed=1\n");
    EXPECT_EQ(in(host_.tenant(), "sql count 1 rows"), "sql OK i:1; changed=0\n");
}

}  // namespace
}  // namespace mortise::contract
