#pragma once

#include "licenses/document/keys.hpp"
#include "licenses/document/licence.hpp"
#include "licenses/issuer/home.hpp"
#include "licenses/issuer/licence_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::issuer {

// A licence as it was signed, and as the ledger shall keep it.
struct Issued {
    licenses::Licence licence;
    LicenceRow row;
};

// Signs one licence and fills its row; touches neither ledger nor files.
class LicenceSigner {
 public:
    LicenceSigner(licenses::SecretKey key, const Home& home);
    // Of a licence that went through check_licence().
    Issued sign(licenses::Licence licence, const std::string& price, const std::string& note) const;
    // sign(), and then what was signed is checked as a host would.
    Issued sign_and_check(licenses::Licence licence, const std::string& price, const std::string& note) const;

 private:
    licenses::SecretKey key_;
    const Home& home_;
    std::string kid_;
};

// Makes bundles for licences, with what belongs to them: keyset, rotations of the root, and the newest
// revocation list if the licence demands one (crl_seq_min, refresh_by) or the list is short enough to be no
// burden (256 KiB).
class BundleMaker {
 public:
    // As the home is now. Throws Failure `list_compromised` if no host would take the list.
    explicit BundleMaker(Home& home);
    std::string make(const licenses::Licence& licence, const std::string& token,
                     const std::string& activation = {}) const;
    // With the list, however long it is.
    std::string make_whole(const std::string& token) const;
    // Whether make() leaves the list out for its length; nobody is to be surprised by that.
    bool leaves_out_list(const licenses::Licence& licence) const noexcept;
    // leaves_out_list(), and says so on standard error, with what to do.
    bool tell_if_left_out(const licenses::Licence& licence) const;
    // Keyset, rotations and revocation list alone. Throws Failure `no_revocations` if none was published.
    std::string make_update() const;

 private:
    std::string keyset_, revocations_;
    std::vector<std::string> rotations_;
};

// The licence in a row of the ledger, as the host reads it.
licenses::Licence licence_of(const LicenceRow& row);

// Publishes a revocation list of everything in the ledger that is suspended, revoked or released: signs it
// and puts it into the caller's transaction. The files follow by Home::refresh_files().
struct PublishedList {
    std::uint64_t sequence = 0;
    std::size_t ids = 0;
    std::string token;
};
PublishedList publish_revocations(Home& home, const Passphrase& passphrase);
// After another keyset came into the ledger, in the same transaction: if the newest list was signed by a key
// that is compromised now, every host would refuse it with all that comes along, so that it is published
// anew, signed by a good key. Throws Failure `no_signing_key` if there is none.
std::optional<PublishedList> replace_compromised_list(Home& home, const Passphrase& passphrase);
// One line for people: that it was published, or what to do so that it is.
std::string describe(const std::optional<PublishedList>& list);

}  // namespace mortise::issuer
