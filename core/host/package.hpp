#pragma once

#include "core/base/result.hpp"
#include "core/crypto/signature.hpp"
#include "core/host/manifest.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::host {

inline constexpr std::string_view kManifestFile = "manifest.toml";
inline constexpr std::string_view kSignatureFile = "SIGNATURE";
inline constexpr std::size_t kMaxPackageFiles = 1000;
inline constexpr std::size_t kMaxPackageBytes = 256UL * 1024 * 1024;

// A plugin's files, read once. What was verified is what is used: nobody opens the folder again.
struct PackageFiles {
    std::map<std::string, std::string> by_path;  // without the signature; relative, with '/'
    std::string signature;                       // the SIGNATURE file; empty if there is none
};

// Reads a package's folder. It is opened once, and everything in it through that descriptor, so a folder or
// link that is put in its place meanwhile changes nothing. A symbolic or hard link, a device, a name outside
// [A-Za-z0-9._-] or equal to another but for the case, a file too many or too large is an error
// (`package_invalid`) that names it. Never waits, not even for a FIFO.
base::Result<PackageFiles> read_package(const std::filesystem::path& folder);

// What is signed: id, version and ABI of the manifest, then size, BLAKE2b-256 and path of every file, by
// path.
std::string canonical_list(const Manifest& manifest, const PackageFiles& files);

// A publisher that may sign plugins, and which.
struct TrustedPublisher {
    crypto::PublicKey key;
    std::vector<std::string> plugins;  // ids; "*" stands for all
};

// "k4.public.<base64url>" (PASERK); nullopt if it is none.
std::optional<crypto::PublicKey> parse_publisher_key(std::string_view text);
// "k4.secret.<base64url>".
std::optional<crypto::SecretKey> parse_publisher_secret(std::string_view text);

// The text of a SIGNATURE file: three lines, the header, "key k4.public.…" and "signature <base64url>", each
// ended by LF. A signature has this one spelling.
std::string sign_package(const Manifest& manifest, const PackageFiles& files, const crypto::SecretKey& key);

// Checks the signature against the publishers. Errors: `signature_missing`, `signature_invalid`,
// `publisher_unknown`, `publisher_not_bound`.
base::Status verify_signature(const Manifest& manifest, const PackageFiles& files,
                              const std::vector<TrustedPublisher>& publishers);

// A package that may be loaded: read, understood, and signed by a publisher for this id.
struct Package {
    Manifest manifest;
    PackageFiles files;

    const std::string& library() const { return files.by_path.at(manifest.id + ".so"); }
};

// The whole way from a folder to a verified package; nothing of the plugin has run. With `allow_unsigned` a
// package without a signature passes (a development switch); a wrong signature never does, nor one of an
// unknown publisher. Besides the errors above: `manifest_invalid`, `plugin_abi_mismatch`, and
// `plugin_elf_refused` (check_elf).
base::Result<Package> open_package(const std::filesystem::path& folder,
                                   const std::vector<TrustedPublisher>& publishers, bool allow_unsigned);

}  // namespace mortise::host
