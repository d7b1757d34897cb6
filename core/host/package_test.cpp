#include "core/host/package.hpp"

#include "core/base/file.hpp"
#include "core/host/library.hpp"
#include "core/host/sealed_file.hpp"
#include "tests/support/test_database.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>

namespace mortise::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifest =
    "id = \"canary\"\nversion = \"1.0.0\"\nabi = \"1.0\"\nname = \"Canary\"\n";
constexpr std::string_view kQuery = "-- @column one int\nSELECT 1\n";

const std::string& library() {
    static const std::string bytes =
        base::read_file(fs::path(MORTISE_CANARIES) / "good.so", 1UL << 24).value();
    return bytes;
}

void write(const fs::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

// A folder with the canary's package, signed. What is loaded by mistake shows in the environment.
class PackageTest : public testing::Test {
 protected:
    PackageTest() {
        fs::create_directories(folder / "sql/sqlite/queries");
        write(folder / "manifest.toml", kManifest);
        write(folder / "canary.so", library());
        write(folder / "sql/sqlite/queries/one.sql", kQuery);
        sign(publisher.secret);
    }

    ~PackageTest() override { EXPECT_EQ(std::getenv("MORTISE_CANARY"), nullptr) << "a constructor ran"; }

    void sign(const crypto::SecretKey& key) {
        fs::remove(folder / "SIGNATURE");
        const auto files = read_package(folder).value();
        const auto manifest = parse_manifest(files.by_path.at("manifest.toml"), "manifest.toml").value();
        write(folder / "SIGNATURE", sign_package(manifest, files, key));
    }

    std::string read(const fs::path& name) const { return base::read_file(folder / name, 1UL << 24).value(); }

    // The way of the host from a folder to a running library: "ok" (nothing is loaded then), or the code.
    std::string open(bool allow_unsigned = false) const {
        const auto package = open_package(folder, publishers, allow_unsigned);
        return package.ok() ? "ok" : package.error().code;
    }
    std::string said() const {
        const auto package = open_package(folder, publishers, false);
        return package.ok() ? "ok" : package.error().detail;
    }

    test::TemporaryFolder temporary;
    fs::path folder = temporary.path() / "canary";
    crypto::KeyPair publisher = crypto::KeyPair::generate();
    std::vector<TrustedPublisher> publishers = {{publisher.public_key, {"canary"}}};
};

TEST_F(PackageTest, OpensWhatItsPublisherSigned) {
    const auto package = open_package(folder, publishers, false);
    ASSERT_TRUE(package.ok()) << package.error().detail;
    EXPECT_EQ(package->manifest.id, "canary");
    EXPECT_EQ(package->library(), library());
    EXPECT_EQ(package->files.by_path.at("sql/sqlite/queries/one.sql"), kQuery);
    EXPECT_EQ(package->files.by_path.size(), 3u);
}

TEST_F(PackageTest, EveryFlippedBitIsRefused) {
    for (const char* name : {"SIGNATURE", "manifest.toml", "sql/sqlite/queries/one.sql"}) {
        const std::string good = read(name);
        for (std::size_t i = 0; i < 8 * good.size(); ++i) {
            std::string bad = good;
            bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
            write(folder / name, bad);
            EXPECT_NE(open(), "ok") << name << " bit " << i;
        }
        write(folder / name, good);
    }
    EXPECT_EQ(open(), "ok");
}

// Each byte once, in place, as a disk or a hand would spoil it.
TEST_F(PackageTest, EveryFlippedByteOfTheLibraryIsRefused) {
    const base::UniqueFd file(::open((folder / "canary.so").c_str(), O_RDWR | O_CLOEXEC));
    const auto put = [&](std::size_t at, char byte) {
        ASSERT_EQ(::pwrite(file.get(), &byte, 1, static_cast<off_t>(at)), 1);
    };
    const std::string& good = library();
    for (std::size_t i = 0; i < good.size(); ++i) {
        put(i, static_cast<char>(good[i] ^ (1 << (i % 8))));
        ASSERT_EQ(open(), "signature_invalid") << "byte " << i;
        put(i, good[i]);
    }
    EXPECT_EQ(open(), "ok");
}

TEST_F(PackageTest, EveryCutAndEveryAddedByteIsRefused) {
    for (const char* name : {"SIGNATURE", "manifest.toml", "sql/sqlite/queries/one.sql"}) {
        const std::string good = read(name);
        for (std::size_t size = 0; size < good.size(); ++size) {
            write(folder / name, std::string_view(good).substr(0, size));
            EXPECT_NE(open(), "ok") << name << " cut to " << size;
        }
        for (const std::string_view more : {"\n", " ", "\r\n", "\0"}) {
            write(folder / name, good + std::string(more.empty() ? std::string_view("\0", 1) : more));
            EXPECT_NE(open(), "ok") << name;
        }
        write(folder / name, good);
    }
}

TEST_F(PackageTest, CutsOfTheLibraryAreRefused) {
    const std::string good = library();
    auto package = read_package(folder).value();
    const auto manifest = parse_manifest(kManifest, "manifest.toml").value();
    std::string& bytes = package.by_path.at("canary.so");
    ASSERT_TRUE(verify_signature(manifest, package, publishers).ok());
    for (std::size_t size = 0; size < good.size(); size += 211) {
        bytes = good.substr(0, size);
        EXPECT_FALSE(verify_signature(manifest, package, publishers).ok()) << "cut to " << size;
    }
}

// Libraries of Debian's packages in the place of the plugin's, all else as it should be, signed by the right
// publisher: each is refused for what it is, and nothing of it runs.
TEST_F(PackageTest, TheSystemsLibrariesAreNoPlugins) {
    std::set<fs::path> seen;
    for (const char* place : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"}) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(place, none)) {
            if (entry.path().filename().string().find(".so") == std::string::npos) continue;
            const fs::path file = fs::canonical(entry.path(), none);  // many names, one file
            if (!fs::is_regular_file(file, none) || !seen.insert(file).second) continue;
            fs::copy_file(file, folder / "canary.so", fs::copy_options::overwrite_existing);
            const bool fits = fs::file_size(file) <= 64UL << 20;
            if (fits) sign(publisher.secret);
            EXPECT_EQ(open(), fits ? "plugin_elf_refused" : "package_invalid") << file;
            ASSERT_EQ(std::getenv("MORTISE_CANARY"), nullptr);
        }
    }
    EXPECT_GT(seen.size(), 50U);
}

TEST_F(PackageTest, ASignatureHasOneSpelling) {
    const std::string good = read("SIGNATURE");
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string bad = good;
        const auto place = bad.find(from);
        EXPECT_NE(place, std::string::npos);
        write(folder / "SIGNATURE", bad.replace(place, from.size(), to));
        return open();
    };
    EXPECT_EQ(with("\nkey ", "\r\nkey "), "signature_invalid");
    EXPECT_EQ(with("key ", "key  "), "signature_invalid");
    EXPECT_EQ(with("key ", "Key "), "signature_invalid");
    EXPECT_EQ(with("key k4", "# note\nkey k4"), "signature_invalid");
    EXPECT_EQ(with("\nsignature ", "=\nsignature "), "signature_invalid");
    EXPECT_EQ(with("mortise-", "\xEF\xBB\xBFmortise-"), "signature_invalid");
    EXPECT_EQ(with("/v1", "/v2"), "signature_invalid");
    const auto line = good.find("signature ", 25);
    write(folder / "SIGNATURE", good + good.substr(line));
    EXPECT_EQ(open(), "signature_invalid") << "a second signature";
    write(folder / "SIGNATURE", good.substr(0, good.size() - 1) + "=\n");
    EXPECT_EQ(open(), "signature_invalid") << "padding";
    write(folder / "SIGNATURE", std::string(5000, 'x'));
    EXPECT_EQ(open(), "package_invalid") << "too large";
}

TEST_F(PackageTest, WhatIsNotListedIsRefused) {
    write(folder / "README", "hello");
    EXPECT_EQ(open(), "signature_invalid");
    fs::remove(folder / "README");
    fs::remove(folder / "sql/sqlite/queries/one.sql");
    EXPECT_EQ(open(), "signature_invalid");
    write(folder / "sql/sqlite/one.sql", kQuery);
    EXPECT_EQ(open(), "signature_invalid") << "moved";
}

TEST_F(PackageTest, KeysAreBoundToIds) {
    publishers = {{publisher.public_key, {"other"}}};
    EXPECT_EQ(open(), "publisher_not_bound");
    EXPECT_EQ(open(true), "publisher_not_bound") << "the switch is for packages without a signature";
    publishers = {{publisher.public_key, {"other"}}, {publisher.public_key, {"canary"}}};
    EXPECT_EQ(open(), "ok") << "one key in two rows";
    publishers = {{publisher.public_key, {"*"}}};
    EXPECT_EQ(open(), "ok");
    publishers = {{publisher.public_key, {}}};
    EXPECT_EQ(open(), "publisher_not_bound");
    publishers = {};
    EXPECT_EQ(open(), "publisher_unknown");
    EXPECT_EQ(open(true), "publisher_unknown");
    publishers = {{crypto::KeyPair::generate().public_key, {"*"}}};
    EXPECT_EQ(open(), "publisher_unknown");
}

TEST_F(PackageTest, AStrangerCannotSpeakForAPublisher) {
    const auto stranger = crypto::KeyPair::generate();
    const std::string good = read("SIGNATURE");
    sign(stranger.secret);
    const std::string theirs = read("SIGNATURE");
    EXPECT_EQ(open(), "publisher_unknown");
    // The publisher's key over the stranger's signature.
    const auto line = good.find("\nsignature ");
    write(folder / "SIGNATURE", good.substr(0, line) + theirs.substr(line));
    EXPECT_EQ(open(), "signature_invalid");
}

TEST_F(PackageTest, WithoutASignatureOnlyTheDevelopmentSwitchHelps) {
    fs::remove(folder / "SIGNATURE");
    EXPECT_EQ(open(), "signature_missing");
    EXPECT_EQ(open(true), "ok");
    write(folder / "SIGNATURE", "mortise-signature/v1\n");
    EXPECT_EQ(open(true), "signature_invalid") << "a wrong one is never let through";
}

TEST_F(PackageTest, AFaultThatIsSignedIsStillAFault) {
    const auto signed_with = [&](std::string_view manifest) {
        write(folder / "manifest.toml", manifest);
        sign(publisher.secret);
        return open();
    };
    std::string manifest(kManifest);
    EXPECT_EQ(signed_with(manifest.replace(manifest.find("1.0\""), 3, "2.0")), "plugin_abi_mismatch");
    EXPECT_EQ(signed_with(kManifest), "ok");
    write(folder / "manifest.toml", std::string(kManifest) + "unknown = 1\n");
    EXPECT_EQ(open(), "manifest_invalid");
    write(folder / "manifest.toml", std::string(kManifest));
    for (const char* fault : {"runpath", "needed", "execstack", "exports", "no_entry"}) {
        write(folder / "canary.so",
              base::read_file(fs::path(MORTISE_CANARIES) / fmt::format("{}.so", fault), 1UL << 24).value());
        sign(publisher.secret);
        EXPECT_EQ(open(), "plugin_elf_refused") << fault;
    }
}

TEST_F(PackageTest, NeedsManifestAndLibrary) {
    fs::rename(folder / "canary.so", folder / "other.so");
    EXPECT_EQ(open(), "package_invalid");
    fs::rename(folder / "other.so", folder / "canary.so");
    fs::remove(folder / "manifest.toml");
    EXPECT_EQ(open(), "package_invalid");
    fs::remove_all(folder);
    EXPECT_EQ(open(), "package_invalid");
    write(folder, "a file");
    EXPECT_EQ(open(), "package_invalid");
}

TEST_F(PackageTest, LinksAndDevicesAreRefused) {
    const fs::path outside = temporary.path() / "outside";
    write(outside, "x");
    const auto refused = [&](const fs::path& path) {
        EXPECT_EQ(open(), "package_invalid");
        EXPECT_NE(said().find(path.filename().string()), std::string::npos) << said();
        fs::remove(path);
        EXPECT_EQ(open(), "ok");
    };
    fs::create_symlink(outside, folder / "link");
    refused(folder / "link");
    fs::create_symlink("nowhere", folder / "dangling");
    refused(folder / "dangling");
    fs::create_directory_symlink("sql", folder / "sql2");
    refused(folder / "sql2");
    fs::create_hard_link(outside, folder / "hard");
    refused(folder / "hard");
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    refused(folder / "fifo");
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    const std::string name = (folder / "socket").string();
    ASSERT_LT(name.size(), sizeof(address.sun_path));
    name.copy(address.sun_path, name.size());
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    refused(folder / "socket");
    ::close(fd);
}

TEST_F(PackageTest, TheSignedFilesMayNotBeLinksEither) {
    for (const char* name : {"SIGNATURE", "manifest.toml", "canary.so"}) {
        const fs::path outside = temporary.path() / "outside";
        fs::rename(folder / name, outside);
        fs::create_symlink(outside, folder / name);
        EXPECT_EQ(open(), "package_invalid") << name;
        fs::remove(folder / name);
        fs::rename(outside, folder / name);
    }
    EXPECT_EQ(open(), "ok");
}

TEST_F(PackageTest, NamesArePlain) {
    for (const std::string name :
         {".hidden", "a b", "caf\xC3\xA9", "cafe\xCC\x81", "a\nfile 1 2", "\xFF", "a:b", "a\\b"}) {
        write(folder / name, "x");
        EXPECT_EQ(open(true), "package_invalid") << name;
        fs::remove(folder / name);
    }
    write(folder / "Canary.so", "x");
    EXPECT_EQ(open(), "package_invalid") << "one file on another file system";
    fs::remove(folder / "Canary.so");
    fs::create_directory(folder / "SQL");
    EXPECT_EQ(open(), "package_invalid");
    fs::remove(folder / "SQL");
    EXPECT_EQ(open(), "ok");
}

TEST_F(PackageTest, SizesAreLimitedBeforeRoomIsMade) {
    write(folder / "huge", "");
    fs::resize_file(folder / "huge", 1UL << 40);  // sparse
    EXPECT_EQ(open(), "package_invalid");
    fs::resize_file(folder / "huge", (64UL << 20) + 1);
    EXPECT_EQ(open(), "package_invalid");
    fs::remove(folder / "huge");
    write(folder / "manifest.toml", std::string(kManifest) + '#' + std::string(300000, 'x'));
    EXPECT_EQ(open(), "package_invalid");
}

TEST_F(PackageTest, CountsAndDepthAreLimited) {
    fs::create_directories(folder / "a/b/c/d/e/f/g/h");
    EXPECT_EQ(open(), "ok") << "an empty folder holds nothing to be signed";
    fs::create_directories(folder / "a/b/c/d/e/f/g/h/i");
    EXPECT_EQ(open(), "package_invalid");
    fs::remove_all(folder / "a");
    for (std::size_t i = 0; i < kMaxPackageFiles; ++i)
        write(folder / fmt::format("f{}", i), "");
    EXPECT_EQ(open(), "package_invalid");
}

// A thread spoils the package as fast as it can while it is opened, 10,000 times. What is opened is always
// what was signed; the library is loaded from those bytes (ALoadedLibraryIsSealed).
class SwappedPackage : public PackageTest {
 protected:
    void race(const std::function<void(unsigned turn)>& swap) {
        std::atomic<bool> done = false;
        std::thread swapper([&] {
            for (unsigned turn = 0; !done; ++turn)
                swap(turn);
        });
        int good = 0, refused = 0;
        for (int i = 0; i < 10000; ++i) {
            const auto package = open_package(folder, publishers, false);
            ++(package.ok() ? good : refused);
            if (package.ok() && (package->library() != library() || package->manifest.name != "Canary" ||
                                 package->files.by_path.at("sql/sqlite/queries/one.sql") != kQuery))
                ADD_FAILURE() << "something swapped got in";
        }
        done = true;
        swapper.join();
        EXPECT_GT(good, 100) << "the swapper left no room";
        EXPECT_GT(refused, 100) << "the swapper did nothing";
    }
    static std::string evil_library() {
        std::string evil = library();
        evil[evil.size() / 2] = static_cast<char>(evil[evil.size() / 2] ^ 1);
        return evil;
    }
};

TEST_F(SwappedPackage, AnotherFileOrALinkInItsPlace) {
    const std::string evil = evil_library();
    const fs::path prepared = temporary.path() / "prepared";
    const fs::path outside = temporary.path() / "evil.so";
    write(outside, evil);
    race([&](unsigned turn) {
        if (turn % 4 == 1)
            fs::create_symlink(outside, prepared);
        else
            write(prepared, turn % 4 == 3 ? evil : library());
        fs::rename(prepared, folder / "canary.so");
    });
}

TEST_F(SwappedPackage, BytesChangedInPlace) {
    const std::string evil = evil_library();
    const base::UniqueFd file(::open((folder / "canary.so").c_str(), O_RDWR | O_CLOEXEC));
    race([&](unsigned turn) {
        const std::string& bytes = turn % 2 == 0 ? evil : library();
        (void)!::pwrite(file.get(), bytes.data(), bytes.size(), 0);
    });
}

TEST_F(SwappedPackage, AnotherFolderInItsPlace) {
    const fs::path other = temporary.path() / "other";
    fs::copy(folder, other, fs::copy_options::recursive);
    write(other / "manifest.toml", std::string(kManifest) + "summary = \"Another\"\n");
    write(other / "sql/sqlite/queries/one.sql", "-- @column one int\nSELECT 2\n");
    race([&](unsigned) {
        (void)::renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
    });
}

// What is checked can't be changed before it is used, and what is used was loaded from it.
TEST(SealedFile, CanNotBeChangedByAnybody) {
    const base::UniqueFd file = seal("checked", "canary");
    ASSERT_TRUE(file);
    EXPECT_EQ(::fcntl(file.get(), F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    EXPECT_EQ(::pwrite(file.get(), "x", 1, 0), -1);
    EXPECT_EQ(::ftruncate(file.get(), 1), -1);
    EXPECT_EQ(::ftruncate(file.get(), 100), -1);
    EXPECT_EQ(::mmap(nullptr, 7, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0), MAP_FAILED);
    const fs::path again = fmt::format("/proc/self/fd/{}", file.get());
    const base::UniqueFd other(::open(again.c_str(), O_RDWR | O_CLOEXEC));  // by another description
    EXPECT_TRUE(!other || ::pwrite(other.get(), "x", 1, 0) == -1);
    EXPECT_EQ(base::read_file(again, 100).value(), "checked");
}

// In a process of its own, since what is loaded stays: the mapped file is in memory, sealed, and has the
// bytes.
TEST(Library, IsLoadedFromWhatWasVerified) {
    EXPECT_EXIT(
        {
            const auto loaded = Library::load(library(), "canary");
            Dl_info about{};
            if (!loaded.ok() || ::dladdr(&loaded->entry(), &about) == 0) std::_Exit(1);
            const std::string_view from = about.dli_fname;
            const bool in_memory = from.starts_with("/proc/self/fd/") &&
                                   fs::read_symlink(from).string().starts_with("/memfd:canary");
            const base::UniqueFd file(::open(about.dli_fname, O_RDONLY | O_CLOEXEC));
            const bool sealed = (::fcntl(file.get(), F_GET_SEALS) & F_SEAL_WRITE) != 0;
            const auto bytes = base::read_file(from, 1UL << 24);
            std::_Exit(in_memory && sealed && bytes.ok() && *bytes == library() ? 0 : 2);
        },
        testing::ExitedWithCode(0), "");
}

// The proof that the canary would have sung: last in this program, since the library stays. Its own process,
// so that the tests above can't come after it.
TEST(Canary, SingsWhenItIsLoaded) {
    EXPECT_EXIT(
        {
            const bool silent = std::getenv("MORTISE_CANARY") == nullptr;
            const auto loaded = Library::load(library(), "canary");
            std::_Exit(silent && loaded.ok() && std::getenv("MORTISE_CANARY") != nullptr ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace mortise::host
