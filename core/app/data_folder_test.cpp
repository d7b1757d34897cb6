#include "core/app/data_folder.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

namespace mortise::app {
namespace {

class DataFolderTest : public testing::Test {
 protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "mortise-data-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
};

TEST_F(DataFolderTest, IsMadeAndLeftEmpty) {
    const auto deep = folder_ / "a" / "b";
    ASSERT_TRUE(prepare_data_folder(deep).ok());
    ASSERT_TRUE(prepare_data_folder(deep).ok());
    EXPECT_TRUE(std::filesystem::is_empty(deep));
}

TEST_F(DataFolderTest, TheRefusalNamesItAndWhy) {
    const auto file = folder_ / "file";
    std::ofstream(file) << "x";
    const auto refused = prepare_data_folder(file / "data");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "data_unusable");
    EXPECT_NE(refused.error().detail.find((file / "data").string()), std::string::npos);
    EXPECT_NE(refused.error().detail.find("Not a directory"), std::string::npos);
}

TEST_F(DataFolderTest, OneThatTakesNothingIsRefused) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit low{1024, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
    const auto refused = prepare_data_folder(folder_);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "data_unusable");
    EXPECT_NE(refused.error().detail.find(folder_.string()), std::string::npos);
    EXPECT_NE(refused.error().detail.find("File too large"), std::string::npos) << refused.error().detail;
    EXPECT_TRUE(std::filesystem::is_empty(folder_)) << "nothing is left of the attempt";
}

TEST_F(DataFolderTest, NamesItForWhatFailsLater) {
    const base::Error full{base::ErrorKind::kUnavailable, "storage_full", "No space.", "core.db"};
    const auto told = about_data_folder(full, folder_);
    EXPECT_EQ(told.code, "data_unusable");
    EXPECT_NE(told.detail.find(folder_.string()), std::string::npos);
    EXPECT_EQ(told.log_text, "core.db");
    const base::Error other{base::ErrorKind::kUnavailable, "listen_failed", "In use."};
    EXPECT_EQ(about_data_folder(other, folder_).code, "listen_failed");
}

}  // namespace
}  // namespace mortise::app
