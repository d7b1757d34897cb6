#include "core/app/licence_drop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace mortise::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A clock that stands until it is moved.
class StandingClock final : public base::Clock {
 public:
    base::Micros now() const noexcept override { return micros_; }
    base::Monotonic monotonic() const noexcept override {
        return base::Monotonic() + std::chrono::microseconds(micros_.load());
    }
    void advance(std::chrono::microseconds by) { micros_ += by.count(); }

 private:
    std::atomic<base::Micros> micros_{1'700'000'000'000'000};
};

class LicenceDropTest : public testing::Test {
 protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "mortise-drop-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { fs::remove_all(folder_); }
    // A file that was written some seconds ago; in the future if negative.
    fs::path put(const std::string& name, const std::string& text, std::chrono::seconds ago = 10s) {
        std::ofstream(folder_ / name) << text;
        fs::last_write_time(folder_ / name, fs::file_time_type::clock::now() - ago);
        return folder_ / name;
    }
    bool take() {
        return drop_->take([this](std::string_view text) -> base::Status {
            installed_.emplace_back(text);
            if (text == "wrong")
                return base::Error{base::ErrorKind::kInvalid, "license_wrong", "It is wrong."};
            return {};
        });
    }
    using Texts = std::vector<std::string>;

    fs::path folder_;
    StandingClock clock_;
    telemetry::Log log_{STDERR_FILENO, telemetry::Level::kError, false, clock_};
    std::unique_ptr<LicenceDrop> drop_;
    Texts installed_;

    void start() { drop_ = std::make_unique<LicenceDrop>(folder_, log_, clock_); }
};

TEST_F(LicenceDropTest, FilesAreTakenByNameAndRenamed) {
    start();
    put("b.license", "wrong");
    put("a.license", "good");
    put("notes.txt", "no licence");
    EXPECT_TRUE(take());
    EXPECT_EQ(installed_, (Texts{"good", "wrong"}));
    EXPECT_TRUE(fs::exists(folder_ / "a.license.installed"));
    EXPECT_TRUE(fs::exists(folder_ / "b.license.refused"));
    std::string reason;
    std::getline(std::ifstream(folder_ / "b.license.reason"), reason);
    EXPECT_EQ(reason, "license_wrong: It is wrong.");
    EXPECT_FALSE(take());
    EXPECT_EQ(installed_.size(), 2U);
}

// As in a folder that is mounted read-only.
TEST_F(LicenceDropTest, WhatCannotBeRenamedIsTakenOnce) {
    start();
    for (const char* target : {"a.license.installed", "b.license.refused"}) {
        fs::create_directory(folder_ / target);
        std::ofstream(folder_ / target / "x") << "in the way";
    }
    put("a.license", "good");
    put("b.license", "wrong");
    EXPECT_TRUE(take());
    for (int i = 0; i < 5; ++i) {
        clock_.advance(1s);
        EXPECT_FALSE(take());
    }
    EXPECT_EQ(installed_, (Texts{"good", "wrong"}));
    put("a.license", "a newer one", 5s);
    EXPECT_TRUE(take()) << "but again if it changes";
    EXPECT_EQ(installed_.back(), "a newer one");
}

TEST_F(LicenceDropTest, AFileOfTheFutureIsTakenOnceItStands) {
    start();
    put("a.license", "half", -3600s);
    EXPECT_FALSE(take());
    clock_.advance(900ms);
    put("a.license", "and the other half", -3600s);
    EXPECT_FALSE(take()) << "it was written meanwhile";
    clock_.advance(999ms);
    EXPECT_FALSE(take());
    clock_.advance(1ms);
    EXPECT_TRUE(take());
    EXPECT_EQ(installed_, Texts{"and the other half"});
}

TEST_F(LicenceDropTest, AFileThatIsBeingWrittenIsLeft) {
    start();
    put("a.license", "half", 0s);
    EXPECT_FALSE(take());
    put("a.license", "whole", 2s);
    EXPECT_TRUE(take());
    EXPECT_EQ(installed_, Texts{"whole"});
    fs::remove_all(folder_);
    EXPECT_FALSE(take()) << "nor is a folder needed";
}

}  // namespace
}  // namespace mortise::app
