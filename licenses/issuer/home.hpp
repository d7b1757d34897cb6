#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/keyset.hpp"
#include "licenses/document/time.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace mortise::issuer {

// The vendor's folder:
//     root.key            the root's secret key    0600
//     root.pub            its public key, to be built into the host
//     keys/<kid>.key      secret signing keys      0600
//     keyset.token        the current keyset, signed by the root
// Secret keys lie there as k4.secret-pw (under the passphrase), or as k4.secret in a development home.

// Asked at most once, and only if a key is wrapped.
using Passphrase = std::function<std::string()>;

// The key in a file, unwrapped if it is wrapped. Throws Failure.
licenses::SecretKey read_secret_key(const std::filesystem::path& path, const Passphrase& passphrase);

struct NewHome {
    std::filesystem::path path;
    std::string issuer;  // who stands in the documents as `iss`
    bool development = false;
    Passphrase passphrase;  // not asked for a development home
    licenses::Seconds now = 0;
};

struct HomeFacts {
    licenses::PublicKey root;
    std::string root_id;
    std::string signing_id;
};

// Makes root, first signing key and keyset, all or nothing. Refuses a folder that holds anything.
HomeFacts create_home(const NewHome& wanted);

// An existing home, for issuing.
class Home {
 public:
    // Checks the keyset against root.pub. Throws Failure.
    Home(std::filesystem::path path, licenses::Seconds now);

    const licenses::Keyset& keyset() const noexcept { return keyset_; }
    const std::string& keyset_token() const noexcept { return keyset_token_; }
    const licenses::PublicKey& root() const noexcept { return root_; }

    // The secret of the first active key that may sign licences and lies here.
    licenses::SecretKey signing_key(const Passphrase& passphrase) const;

 private:
    std::filesystem::path path_;
    licenses::PublicKey root_;
    std::string keyset_token_;
    licenses::Keyset keyset_;
};

}  // namespace mortise::issuer
