#include "core/storage/error_map.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string_view>

namespace mortise::storage {
namespace {

struct Sqlite {
    int result;
    std::string_view code;
};

// Numbers from https://sqlite.org/rescode.html.
class SqliteErrors : public ::testing::TestWithParam<Sqlite> {};
TEST_P(SqliteErrors, Map) {
    EXPECT_EQ(map_sqlite_error(GetParam().result, "x").code, GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(
    Table, SqliteErrors,
    ::testing::Values(Sqlite{2067, kUnique}, Sqlite{1555, kUnique}, Sqlite{787, kForeignKey},
                      Sqlite{275, kCheck}, Sqlite{517, kSerialization}, Sqlite{5, kBusy}, Sqlite{261, kBusy},
                      Sqlite{6, kBusy}, Sqlite{9, kStatementTimeout}, Sqlite{23, kDenied},
                      Sqlite{18, kTooBig}, Sqlite{13, kFull}, Sqlite{7, kOutOfMemory}, Sqlite{778, kLost},
                      Sqlite{8, kReadOnly}, Sqlite{776, kReadOnly}, Sqlite{1032, kLost}, Sqlite{14, kLost},
                      Sqlite{1, "internal_error"}, Sqlite{11, "internal_error"}, Sqlite{3091, kCheck}));

// What could not be opened or written tells only the system's number.
TEST(SqliteErrors, TellWhatTheMachineLacks) {
    constexpr int kIoWrite = 778, kCannotOpen = 14, kIoShmSize = 4874, kReadOnlyCode = 8, kBusyCode = 5;
    EXPECT_EQ(map_sqlite_error(kIoWrite, "x", EFBIG).code, kFull);
    EXPECT_EQ(map_sqlite_error(kIoShmSize, "x", ENOSPC).code, kFull);
    EXPECT_EQ(map_sqlite_error(kIoWrite, "x", EROFS).code, kReadOnly);
    EXPECT_EQ(map_sqlite_error(kCannotOpen, "x", EROFS).code, kReadOnly);
    EXPECT_EQ(map_sqlite_error(kCannotOpen, "x", EMFILE).code, kTooManyFiles);
    EXPECT_EQ(map_sqlite_error(kReadOnlyCode, "x", EMFILE).code, kTooManyFiles);
    EXPECT_EQ(map_sqlite_error(kIoWrite, "x", EIO).code, kLost);
    EXPECT_EQ(map_sqlite_error(kBusyCode, "x", ENOSPC).code, kBusy) << "the number is of an older failure";
    EXPECT_EQ(map_sqlite_error(kCannotOpen, "x", EMFILE).kind, base::ErrorKind::kUnavailable);
}

struct Postgresql {
    std::string_view state;
    std::string_view code;
};

// States from the PostgreSQL manual, appendix A.
class PostgresqlErrors : public ::testing::TestWithParam<Postgresql> {};
TEST_P(PostgresqlErrors, Map) {
    EXPECT_EQ(map_postgresql_error(GetParam().state, "x").code, GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(Table, PostgresqlErrors,
                         ::testing::Values(Postgresql{"23505", kUnique}, Postgresql{"23503", kForeignKey},
                                           Postgresql{"23514", kCheck}, Postgresql{"40001", kSerialization},
                                           Postgresql{"40P01", kSerialization}, Postgresql{"55P03", kBusy},
                                           Postgresql{"57014", kStatementTimeout},
                                           Postgresql{"42501", kDenied}, Postgresql{"54000", kTooBig},
                                           Postgresql{"53400", kTooBig}, Postgresql{"53100", kFull},
                                           Postgresql{"53200", kOutOfMemory}, Postgresql{"08006", kLost},
                                           Postgresql{"08P01", kLost}, Postgresql{"57P01", kLost},
                                           Postgresql{"25006", kReadOnly}, Postgresql{"58030", kLost},
                                           Postgresql{"", kLost}, Postgresql{"42P01", "internal_error"},
                                           Postgresql{"22P02", "internal_error"}));

TEST(ErrorMap, KindsFollowTheCode) {
    EXPECT_EQ(storage_error(kUnique, "").kind, base::ErrorKind::kConflict);
    EXPECT_EQ(storage_error(kBusy, "").kind, base::ErrorKind::kUnavailable);
    EXPECT_EQ(storage_error(kLost, "").kind, base::ErrorKind::kUnavailable);
    EXPECT_EQ(storage_error(kCommitUnknown, "").kind, base::ErrorKind::kUnavailable);
    EXPECT_EQ(storage_error(kStatementTimeout, "").kind, base::ErrorKind::kTimeout);
    EXPECT_EQ(storage_error(kTooBig, "").kind, base::ErrorKind::kTooLarge);
    EXPECT_EQ(storage_error(kDenied, "").kind, base::ErrorKind::kInternal);
    EXPECT_EQ(storage_error("", "why").log_text, "why");
    EXPECT_EQ(storage_error("", "why").detail.find("why"), std::string::npos);
}

TEST(ErrorMap, OnlyBusyAndSerializationAreRetried) {
    EXPECT_TRUE(is_retryable(storage_error(kBusy, "")));
    EXPECT_TRUE(is_retryable(storage_error(kSerialization, "")));
    EXPECT_FALSE(is_retryable(storage_error(kLost, "")));
    EXPECT_FALSE(is_retryable(storage_error(kCommitUnknown, "")));
    EXPECT_FALSE(is_retryable(storage_error(kUnique, "")));
}

}  // namespace
}  // namespace mortise::storage
