#include "core/host/package.hpp"

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/crypto/hash.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 64UL * 1024 * 1024;
constexpr int kMaxDepth = 8;
constexpr std::string_view kSignatureHeader = "mortise-signature/v1\n";

Error refused(std::string code, std::string detail) {
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

// Walks a package's folder; what it has seen is counted against the limits.
class PackageReader {
 public:
    explicit PackageReader(fs::path root) : root_(std::move(root)) {}

    Result<PackageFiles> read() {
        MORTISE_TRY(walk(root_, "", 0));
        return std::move(files_);
    }

 private:
    Status walk(const fs::path& folder, const std::string& prefix, int depth) {
        if (depth > kMaxDepth) return fault(folder, "folders are nested too deep");
        std::error_code error;
        for (fs::directory_iterator entries(folder, error), end; !error && entries != end;
             entries.increment(error)) {
            const std::string name = entries->path().filename().string();
            if (!is_plain_name(name))
                return fault(entries->path(), "only names of [A-Za-z0-9._-] are allowed");
            const fs::file_status status = entries->symlink_status(error);
            if (error) break;
            if (status.type() == fs::file_type::directory)
                MORTISE_TRY(walk(entries->path(), prefix + name + '/', depth + 1));
            else if (status.type() == fs::file_type::regular)
                MORTISE_TRY(add(entries->path(), prefix + name));
            else
                return fault(entries->path(), "only files and folders are allowed, no links");
        }
        if (error) return fault(folder, error.message());
        return {};
    }

    Status add(const fs::path& path, std::string name) {
        MORTISE_TRY_ASSIGN(std::string content, base::read_file(path, kMaxFileBytes));
        bytes_ += content.size();
        if (++count_ > kMaxPackageFiles || bytes_ > kMaxPackageBytes)
            return fault(root_,
                         fmt::format("more than {} files or {} bytes", kMaxPackageFiles, kMaxPackageBytes));
        if (name == kSignatureFile)
            files_.signature = std::move(content);
        else
            files_.by_path.emplace(std::move(name), std::move(content));
        return {};
    }

    static Error fault(const fs::path& path, std::string_view what) {
        return refused("package_invalid", fmt::format("{}: {}", path.string(), what));
    }

    fs::path root_;
    PackageFiles files_;
    std::size_t count_ = 0;
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

// Three lines: the header, "key k4.public.…", "signature <base64url>".
std::optional<ParsedSignature> parse_signature(std::string_view text) {
    if (!text.starts_with(kSignatureHeader)) return std::nullopt;
    text.remove_prefix(kSignatureHeader.size());
    const auto line = text.find('\n');
    if (line == std::string_view::npos || !text.starts_with("key ") || !text.ends_with('\n'))
        return std::nullopt;
    const auto key = parse_publisher_key(text.substr(4, line - 4));
    std::string_view rest = text.substr(line + 1);
    if (!key || !rest.starts_with("signature ")) return std::nullopt;
    auto signature = base::base64url_decode(rest.substr(10, rest.size() - 11));
    if (!signature) return std::nullopt;
    return ParsedSignature{*key, std::move(*signature)};
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
    const crypto::Signature signature = crypto::sign(key, canonical_list(manifest, files));
    return fmt::format("{}key {}\nsignature {}\n", kSignatureHeader, format_key(key.public_key()),
                       base::base64url_encode(bytes_of(signature)));
}

Status verify_signature(const Manifest& manifest, const PackageFiles& files,
                        const std::vector<TrustedPublisher>& publishers) {
    if (files.signature.empty())
        return refused("signature_missing",
                       fmt::format("plugin {} has no SIGNATURE; sign it with `mortise plugin "
                                   "sign`",
                                   manifest.id));
    const auto parsed = parse_signature(files.signature);
    if (!parsed)
        return refused("signature_invalid",
                       fmt::format("the SIGNATURE of plugin {} can't be read", manifest.id));
    const auto publisher =
        std::find_if(publishers.begin(), publishers.end(),
                     [&](const TrustedPublisher& known) { return known.key == parsed->key; });
    if (publisher == publishers.end())
        return refused("publisher_unknown",
                       fmt::format("plugin {} is signed by {}, which plugins.publishers does not list",
                                   manifest.id, format_key(parsed->key)));
    const auto& bound = publisher->plugins;
    if (std::find(bound.begin(), bound.end(), manifest.id) == bound.end() &&
        std::find(bound.begin(), bound.end(), "*") == bound.end())
        return refused("publisher_not_bound", fmt::format("the publisher {} may not sign plugin {}",
                                                          format_key(parsed->key), manifest.id));
    if (!crypto::verify(parsed->key, canonical_list(manifest, files), parsed->signature))
        return refused(
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
        return refused("package_invalid", fmt::format("{}: there is no {}", folder.string(), kManifestFile));
    MORTISE_TRY_ASSIGN(package.manifest,
                       parse_manifest(manifest->second, (folder / std::string(kManifestFile)).string()));
    if (!package.files.by_path.contains(package.manifest.id + ".so"))
        return refused("package_invalid",
                       fmt::format("{}: there is no {}.so", folder.string(), package.manifest.id));
    if (!(allow_unsigned && package.files.signature.empty()))
        MORTISE_TRY(verify_signature(package.manifest, package.files, publishers));
    return package;
}

}  // namespace mortise::host
