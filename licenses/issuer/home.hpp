#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/roots.hpp"
#include "licenses/document/time.hpp"
#include "licenses/issuer/ledger.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::issuer {

// The vendor's folder:
//     root.key            the first root's secret key, unless it lies on a machine of its own    0600
//     roots/<kid>.key     secret keys of later roots                                             0600
//     root.pub            the present root's public key, to be built into the host
//     keys/<kid>.key      secret signing keys                                                    0600
//     keyset.token        the current keyset, signed by the root
//     rotations.tokens    the rotations of the root, one a line; missing if there were none
//     revocations.token   the newest revocation list; missing if none was published
//     ledger.db           the ledger; what the four files above say stands in it, and is written anew from it
//     plans.toml          the vendor's own catalogue of plans
// Secret keys lie there as k4.secret-pw (under the passphrase), or as k4.secret in a development home.

// Asked at most once, and only if a key is wrapped.
using Passphrase = std::function<std::string()>;

// The key in a file, unwrapped if it is wrapped. Throws Failure.
licenses::SecretKey read_secret_key(const std::filesystem::path& path, const Passphrase& passphrase);
// A new key as the content of its file; wrapped if there is a passphrase.
std::string secret_key_file(const licenses::SecretKey& key, const std::string* passphrase);

struct NewHome {
    std::filesystem::path path;
    std::string issuer;  // who stands in the documents as `iss`
    bool development = false;
    bool root_only = false;                   // a home for the root alone: no signing key, no keyset
    std::optional<licenses::PublicKey> root;  // the root lies elsewhere; the keyset is yet to be signed there
    Passphrase passphrase;                    // not asked for a development home
    licenses::Seconds now = 0;
};

struct HomeFacts {
    licenses::PublicKey root;
    std::string root_id;
    std::string signing_id;  // "" in a home for the root alone
};

// Makes root, first signing key, keyset and ledger, all or nothing. Refuses a folder that holds anything.
HomeFacts create_home(const NewHome& wanted);

// An existing home.
class Home {
 public:
    // Checks what lies there against root.pub, and mends the files if a crash left them behind the ledger.
    // Throws Failure.
    Home(std::filesystem::path path, licenses::Seconds now);

    const std::filesystem::path& path() const noexcept { return path_; }
    licenses::Seconds now() const noexcept { return now_; }
    const licenses::PublicKey& root() const noexcept { return root_; }
    std::string issuer();
    // Throws Failure `no_keyset` if none was published yet.
    const licenses::Keyset& keyset() const;
    const std::optional<licenses::Keyset>& maybe_keyset() const noexcept { return keyset_; }
    const std::string& keyset_token() const noexcept { return keyset_token_; }
    const std::vector<std::string>& rotations() const noexcept { return rotations_; }
    // Everything that a host of this vendor may trust: the first root, and what took its place.
    licenses::TrustedRoots trusted() const;

    // Made from the files at its first use in a home that has none.
    Ledger& ledger();
    bool has_ledger() const noexcept { return ledger_ != nullptr; }

    // The secret of the first active key with this use that lies here. Active: in the keyset, the published
    // one unless another is given, and in the ledger, which knows of a compromise before the root has signed
    // it. Throws Failure `no_signing_key`.
    licenses::SecretKey signing_key(std::string_view use, const Passphrase& passphrase) const;
    licenses::SecretKey signing_key(const licenses::Keyset& keyset, std::string_view use,
                                    const Passphrase& passphrase) const;
    bool has_root_key() const;
    // The present root's secret. Throws Failure `no_root_key` if it lies on another machine.
    licenses::SecretKey root_key(const Passphrase& passphrase) const;
    // The path of a root's file; the key may not be there.
    std::filesystem::path root_key_path(const licenses::PublicKey& root) const;
    std::filesystem::path signing_key_path(const licenses::PublicKey& key) const;
    // Whether keys in this home lie there without a passphrase.
    bool development() const;

    // After a transaction changed what the files say: writes them anew, and reads them.
    void refresh_files();

 private:
    void read_files();
    void adopt_files();

    std::filesystem::path path_;
    licenses::Seconds now_;
    licenses::PublicKey root_, first_root_;
    std::string keyset_token_;
    std::optional<licenses::Keyset> keyset_;
    std::vector<std::string> rotations_;
    std::unique_ptr<Ledger> ledger_;
};

}  // namespace mortise::issuer
