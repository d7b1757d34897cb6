#include "core/host/package.hpp"

#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"
#include "core/host/elf.hpp"
#include "mortise/abi/types.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 64UL * 1024 * 1024;
constexpr std::size_t kMaxManifestBytes = 256UL * 1024;
constexpr std::size_t kMaxSignatureBytes = 4096;
constexpr int kMaxDepth = 8;
constexpr std::string_view kOnlyFiles = "only files and folders are allowed, no links and no devices";
constexpr std::string_view kSignatureHeader = "mortise-signature/v1\n";

Error package_refused(std::string code, std::string detail) {
    return {ErrorKind::kInvalid, std::move(code), std::move(detail)};
}

std::string_view bytes_of(const auto& array) noexcept {
    return {reinterpret_cast<const char*>(array.data()), array.size()};
}

bool is_plain_name(std::string_view name) noexcept {
    return !name.empty() && name[0] != '.' && name.size() <= 128 &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

// Owns a descriptor, or none.
class Descriptor {
 public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return fd_; }

 private:
    int fd_;
};

// Walks a package's folder; what it has seen is counted against the limits.
class PackageReader {
 public:
    explicit PackageReader(fs::path root) : root_(std::move(root)) {}

    Result<PackageFiles> read() {
        const Descriptor folder(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (folder.get() < 0) return system_fault("");
        MORTISE_TRY(walk(folder.get(), "", 0));
        return std::move(files_);
    }

 private:
    Status walk(int folder, const std::string& prefix, int depth) {
        if (depth > kMaxDepth) return fault(prefix, "folders are nested too deep");
        MORTISE_TRY_ASSIGN(const std::vector<std::string> names, names_in(folder, prefix));
        for (const std::string& name : names) {
            if (!is_plain_name(name)) return fault(prefix + name, "only names of [A-Za-z0-9._-] are allowed");
            // On another file system they would be one file.
            if (!folded_.insert(base::to_lower(prefix + name)).second)
                return fault(prefix + name, "another name differs from it only in case");
            if (folded_.size() > kMaxPackageFiles)
                return fault("", fmt::format("more than {} files and folders", kMaxPackageFiles));
            MORTISE_TRY(add(folder, prefix, name, depth));
        }
        return {};
    }

    Result<std::vector<std::string>> names_in(int folder, const std::string& prefix) const {
        // fdopendir() takes a descriptor for its own.
        const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(::fcntl(folder, F_DUPFD_CLOEXEC, 0)),
                                                          &::closedir);
        if (!entries) return system_fault(prefix);
        std::vector<std::string> names;
        for (errno = 0; const dirent* entry = ::readdir(entries.get()); errno = 0) {
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") names.emplace_back(name);
            if (names.size() > kMaxPackageFiles) break;  // refused when they are counted
        }
        if (errno != 0) return system_fault(prefix);
        return names;
    }

    // O_NOFOLLOW: a link is an error, whatever it points at. O_NONBLOCK: a FIFO does not hold us.
    Status add(int folder, const std::string& prefix, const std::string& name, int depth) {
        const std::string path = prefix + name;
        const Descriptor file(
            ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        struct stat status {};
        if (file.get() < 0 && (errno == ELOOP || errno == ENXIO)) return fault(path, kOnlyFiles);
        if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return system_fault(path);
        if (S_ISDIR(status.st_mode)) return walk(file.get(), path + '/', depth + 1);
        if (!S_ISREG(status.st_mode) || status.st_nlink > 1) return fault(path, kOnlyFiles);
        MORTISE_TRY_ASSIGN(std::string content, content_of(file.get(), status, path));
        if (path == kSignatureFile)
            files_.signature = std::move(content);
        else
            files_.by_path.emplace(path, std::move(content));
        return {};
    }

    // The size is checked before room is made for it: a sparse file costs its owner nothing.
    Result<std::string> content_of(int file, const struct stat& status, const std::string& path) {
        const std::size_t limit = std::min(limit_of(path), kMaxPackageBytes - bytes_);
        const auto too_large = [&] { return fault(path, fmt::format("larger than {} bytes", limit)); };
        if (static_cast<std::uint64_t>(status.st_size) > limit) return too_large();
        std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
        std::size_t size = 0;
        while (size < content.size()) {
            const ssize_t got = ::read(file, content.data() + size, content.size() - size);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return system_fault(path);
            if (got == 0) break;
            size += static_cast<std::size_t>(got);
        }
        if (size == content.size()) return fault(path, "it grew while it was read");
        content.resize(size);
        bytes_ += size;
        return content;
    }

    static std::size_t limit_of(std::string_view path) noexcept {
        if (path == kSignatureFile) return kMaxSignatureBytes;
        return path == kManifestFile ? kMaxManifestBytes : kMaxFileBytes;
    }

    Error fault(std::string_view path, std::string_view what) const {
        std::string shown;  // a name can be any bytes
        base::append_json_escaped(shown, path);
        return package_refused("package_invalid", fmt::format("{}/{}: {}", root_.string(), shown, what));
    }
    Error system_fault(std::string_view path) const { return fault(path, std::strerror(errno)); }

    fs::path root_;
    PackageFiles files_;
    std::set<std::string> folded_;  // every path, in lower case
    std::size_t bytes_ = 0;
};

std::optional<std::string> decode_key(std::string_view text, std::string_view header) {
    if (!text.starts_with(header)) return std::nullopt;
    return base::base64url_decode(text.substr(header.size()));
}

std::string format_key(const crypto::PublicKey& key) {
    return "k4.public." + base::base64url_encode(bytes_of(key));
}

struct ParsedSignature {
    crypto::PublicKey key;
    std::string signature;
};

std::string format_signature(const crypto::PublicKey& key, std::string_view signature) {
    return fmt::format("{}key {}\nsignature {}\n", kSignatureHeader, format_key(key),
                       base::base64url_encode(signature));
}

std::optional<ParsedSignature> parse_signature(std::string_view text) {
    if (!text.starts_with(kSignatureHeader)) return std::nullopt;
    const std::string_view lines = text.substr(kSignatureHeader.size());
    const auto end = lines.find('\n');
    if (end == std::string_view::npos || !lines.starts_with("key ")) return std::nullopt;
    const auto key = parse_publisher_key(lines.substr(4, end - 4));
    std::string_view rest = lines.substr(end + 1);
    if (!key || !rest.starts_with("signature ") || !rest.ends_with('\n')) return std::nullopt;
    rest.remove_prefix(10);
    rest.remove_suffix(1);
    auto signature = base::base64url_decode(rest);
    if (!signature || format_signature(*key, *signature) != text) return std::nullopt;
    return ParsedSignature{*key, std::move(*signature)};
}

bool may_sign(const TrustedPublisher& publisher, const std::string& id) {
    return std::any_of(publisher.plugins.begin(), publisher.plugins.end(),
                       [&](const std::string& bound) { return bound == id || bound == "*"; });
}

// An entry that names another ABI is refused by Library as well, but only after its constructors ran.
Status check_major(const Manifest& manifest) {
    if (manifest.abi_major == MORTISE_ABI_MAJOR) return {};
    return package_refused(
        "plugin_abi_mismatch",
        fmt::format("plugin {} needs ABI {}.{}; this host has {}.{}: build it with this host's SDK",
                    manifest.id, manifest.abi_major, manifest.abi_minor, MORTISE_ABI_MAJOR,
                    MORTISE_ABI_MINOR));
}

}  // namespace

Result<PackageFiles> read_package(const fs::path& folder) {
    return PackageReader(folder).read();
}

std::string canonical_list(const Manifest& manifest, const PackageFiles& files) {
    std::string list = fmt::format("mortise-package/v1\nid {}\nversion {}\nabi {}.{}\n", manifest.id,
                                   manifest.version, manifest.abi_major, manifest.abi_minor);
    for (const auto& [path, content] : files.by_path)
        list += fmt::format("file {} {} {}\n", content.size(),
                            base::to_hex(bytes_of(crypto::blake2b_256(content))), path);
    return list;
}

std::optional<crypto::PublicKey> parse_publisher_key(std::string_view text) {
    const auto bytes = decode_key(text, "k4.public.");
    crypto::PublicKey key;
    if (!bytes || bytes->size() != key.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), reinterpret_cast<char*>(key.data()));
    return key;
}

std::optional<crypto::SecretKey> parse_publisher_secret(std::string_view text) {
    const auto bytes = decode_key(text, "k4.secret.");
    if (!bytes) return std::nullopt;
    return crypto::SecretKey::from_bytes(*bytes);
}

std::string sign_package(const Manifest& manifest, const PackageFiles& files, const crypto::SecretKey& key) {
    return format_signature(key.public_key(), bytes_of(crypto::sign(key, canonical_list(manifest, files))));
}

Status verify_signature(const Manifest& manifest, const PackageFiles& files,
                        const std::vector<TrustedPublisher>& publishers) {
    if (files.signature.empty())
        return package_refused("signature_missing",
                               fmt::format("plugin {} has no SIGNATURE; sign it with `mortise plugin "
                                           "sign`",
                                           manifest.id));
    const auto parsed = parse_signature(files.signature);
    if (!parsed)
        return package_refused("signature_invalid",
                               fmt::format("the SIGNATURE of plugin {} can't be read", manifest.id));
    // A key may stand there more than once, with other plugins each time.
    const auto is_signer = [&](const TrustedPublisher& known) { return known.key == parsed->key; };
    if (std::none_of(publishers.begin(), publishers.end(), is_signer))
        return package_refused(
            "publisher_unknown",
            fmt::format("plugin {} is signed by {}, which plugins.publishers does not list", manifest.id,
                        format_key(parsed->key)));
    if (std::none_of(publishers.begin(), publishers.end(), [&](const TrustedPublisher& known) {
            return is_signer(known) && may_sign(known, manifest.id);
        }))
        return package_refused("publisher_not_bound", fmt::format("the publisher {} may not sign plugin {}",
                                                                  format_key(parsed->key), manifest.id));
    if (!crypto::verify(parsed->key, canonical_list(manifest, files), parsed->signature))
        return package_refused(
            "signature_invalid",
            fmt::format("the files of plugin {} are not those that its publisher signed", manifest.id));
    return {};
}

Result<Package> open_package(const fs::path& folder, const std::vector<TrustedPublisher>& publishers,
                             bool allow_unsigned) {
    Package package;
    MORTISE_TRY_ASSIGN(package.files, read_package(folder));
    const auto manifest = package.files.by_path.find(std::string(kManifestFile));
    if (manifest == package.files.by_path.end())
        return package_refused("package_invalid",
                               fmt::format("{}: there is no {}", folder.string(), kManifestFile));
    MORTISE_TRY_ASSIGN(package.manifest,
                       parse_manifest(manifest->second, (folder / std::string(kManifestFile)).string()));
    if (!package.files.by_path.contains(package.manifest.id + ".so"))
        return package_refused("package_invalid",
                               fmt::format("{}: there is no {}.so", folder.string(), package.manifest.id));
    if (!(allow_unsigned && package.files.signature.empty()))
        MORTISE_TRY(verify_signature(package.manifest, package.files, publishers));
    MORTISE_TRY(check_major(package.manifest));
    MORTISE_TRY(check_elf(package.library(), package.manifest.id));
    return package;
}

}  // namespace mortise::host
