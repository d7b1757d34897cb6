#include "licenses/issuer/home.hpp"

#include "licenses/document/paserk.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"

#include <sys/stat.h>

#include <span>
#include <utility>

namespace mortise::issuer {
namespace {

namespace fs = std::filesystem;

std::string key_text(const licenses::SecretKey& key, const std::string* passphrase) {
    return (passphrase != nullptr ? licenses::wrap_secret_key(key, *passphrase) : licenses::to_paserk(key)) +
           "\n";
}

fs::path key_path(const fs::path& home, const licenses::PublicKey& key) {
    return home / "keys" / (licenses::key_id(key) + ".key");
}

}  // namespace

licenses::SecretKey read_secret_key(const fs::path& path, const Passphrase& passphrase) {
    const std::string text = read_line_file(path);
    if (text.starts_with("k4.secret-pw.")) return take(licenses::unwrap_secret_key(text, passphrase()));
    return take(licenses::secret_key_from_paserk(text));
}

HomeFacts create_home(const NewHome& wanted) {
    NewFolder folder(wanted.path);
    std::string passphrase;
    if (!wanted.development) passphrase = wanted.passphrase();
    const std::string* wrap = wanted.development ? nullptr : &passphrase;

    const auto root = licenses::SecretKey::generate();
    const auto signer = licenses::SecretKey::generate();
    const licenses::Keyset keyset{wanted.issuer,
                                  wanted.now,
                                  1,
                                  {{signer.public_key(), {"crl", "lic"}, licenses::KeyStatus::kActive, {}}}};

    const fs::path& path = folder.path();
    fs::create_directory(path / "keys");
    ::chmod((path / "keys").c_str(), 0700);
    write_new_file(path / "root.key", key_text(root, wrap), 0600);
    write_new_file(path / "root.pub", licenses::to_paserk(root.public_key()) + "\n", 0644);
    write_new_file(key_path(path, signer.public_key()), key_text(signer, wrap), 0600);
    const std::string token = licenses::sign_keyset(keyset, root);
    const licenses::PublicKey roots[] = {root.public_key()};
    take(licenses::verify_keyset(token, roots, wanted.now));
    write_new_file(path / "keyset.token", token + "\n", 0644);
    folder.commit();
    return {root.public_key(), licenses::key_id(root.public_key()), licenses::key_id(signer.public_key())};
}

Home::Home(fs::path path, licenses::Seconds now)
    : path_(std::move(path)),
      root_(take(licenses::public_key_from_paserk(read_line_file(path_ / "root.pub")))),
      keyset_token_(read_file(path_ / "keyset.token", licenses::kMaxKeysetBytes + 1)) {
    if (keyset_token_.ends_with('\n')) keyset_token_.pop_back();
    keyset_ = take(licenses::verify_keyset(keyset_token_, std::span(&root_, 1), now));
}

licenses::SecretKey Home::signing_key(const Passphrase& passphrase) const {
    for (const licenses::KeysetKey& key : keyset_.keys) {
        const fs::path file = key_path(path_, key.key);
        if (key.status == licenses::KeyStatus::kActive && key.allows("lic") && fs::exists(file))
            return read_secret_key(file, passphrase);
    }
    throw Failure("no_signing_key",
                  "No active key that may sign licences lies in " + (path_ / "keys").string() + ".");
}

}  // namespace mortise::issuer
