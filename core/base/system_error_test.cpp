#include "core/base/system_error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace mortise::base {
namespace {

TEST(SystemError, SaysWhatTheMachineLacks) {
    for (const int number : {ENOSPC, EDQUOT, EFBIG})
        EXPECT_EQ(lack_of(number), "storage_full") << number;
    EXPECT_EQ(lack_of(EROFS), "storage_read_only");
    for (const int number : {EMFILE, ENFILE})
        EXPECT_EQ(lack_of(number), "too_many_open_files") << number;
    for (const int number : {0, EIO, ENOENT, EACCES})
        EXPECT_EQ(lack_of(number), "") << number;
}

TEST(SystemError, IsForLaterOrOurFault) {
    const Error full = system_error(ENOSPC, "write /data/core.db");
    EXPECT_EQ(full.kind, ErrorKind::kUnavailable);
    EXPECT_EQ(full.code, "storage_full");
    EXPECT_GT(full.retry_after_s, 0U);
    EXPECT_EQ(full.detail.find('/'), std::string::npos) << "the path is for the operator";
    EXPECT_EQ(full.log_text, "write /data/core.db: No space left on device");
    const Error other = system_error(EIO, "write x");
    EXPECT_EQ(other.kind, ErrorKind::kInternal);
    EXPECT_EQ(other.code, "internal_error");
    EXPECT_NE(other.log_text.find("write x"), std::string::npos);
}

}  // namespace
}  // namespace mortise::base
