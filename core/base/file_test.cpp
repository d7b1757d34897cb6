#include "core/base/file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace mortise::base {
namespace {

class FileTest : public testing::Test {
 protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "mortise-file-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
};

TEST_F(FileTest, WhatIsWrittenIsReadAgainAndReplaced) {
    const auto path = folder_ / "state";
    const std::string content("a\0b", 3);
    ASSERT_TRUE(write_file(path, "first", 0600).ok());
    ASSERT_TRUE(write_file(path, content, 0600).ok());
    EXPECT_EQ(read_file(path, 3).value(), content);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "state.new"));
}

TEST_F(FileTest, RefusesWhatIsMissingTooLargeOrNoFile) {
    EXPECT_NE(read_file(folder_ / "none", 10).error().detail.find("No such file"), std::string::npos);
    ASSERT_TRUE(write_file(folder_ / "big", std::string(11, 'x'), 0600).ok());
    EXPECT_NE(read_file(folder_ / "big", 10).error().detail.find("larger than 10 bytes"), std::string::npos);
    std::filesystem::resize_file(folder_ / "big", 1UL << 40);
    EXPECT_NE(read_file(folder_ / "big", 10).error().detail.find("larger than 10 bytes"), std::string::npos)
        << "a sparse file of a size for which there is no memory";
    EXPECT_FALSE(read_file(folder_, 10).ok());
    ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
    EXPECT_NE(read_file(folder_ / "fifo", 10).error().detail.find("not a regular file"), std::string::npos);
    EXPECT_FALSE(write_file(folder_ / "no" / "folder", "x", 0600).ok());
}

TEST_F(FileTest, WhatCannotBeWrittenLeavesTheOldContentAndNothingElse) {
    const auto path = folder_ / "state";
    ASSERT_TRUE(write_file(path, "old", 0600).ok());
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit low{1024, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
    const auto failed = write_file(path, std::string(4096, 'x'), 0600);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code, "storage_full");
    EXPECT_EQ(failed.error().detail.find('/'), std::string::npos) << "the path is for the operator";
    EXPECT_EQ(read_file(path, 10).value(), "old");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "state.new"));
}

}  // namespace
}  // namespace mortise::base
