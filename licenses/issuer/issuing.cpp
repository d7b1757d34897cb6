#include "licenses/issuer/issuing.hpp"

#include "licenses/document/base64url.hpp"
#include "licenses/document/bundle.hpp"
#include "licenses/document/document_id.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/key_table.hpp"
#include "licenses/issuer/output.hpp"

#include <utility>
#include <vector>

namespace mortise::issuer {
namespace {

constexpr std::size_t kShortList = 256 * 1024;

// Whoever may not use a licence may not go back to one that it took the place of.
std::vector<licenses::DocumentId> refused_ids(Ledger& ledger) {
    std::vector<licenses::DocumentId> ids;
    Statement select = ledger.database().prepare(
        "SELECT id FROM licence WHERE status IN ('suspended', 'revoked') "
        "UNION SELECT l.id FROM licence AS n JOIN licence AS l ON l.line = n.line AND l.sequence < n.sequence "
        "WHERE n.status IN ('suspended', 'revoked') AND l.status = 'superseded' "
        "UNION SELECT id FROM activation WHERE released_at IS NOT NULL");
    while (select.step())
        ids.push_back(licenses::document_id(select.text(0)));
    return ids;
}

// The key that signed a token of our own, by its footer.
std::string signer_of(std::string_view token) {
    const auto footer = licenses::base64url_decode(token.substr(token.rfind('.') + 1));
    return take(licenses::footer_kid(footer.value_or(std::string())));
}

bool is_compromised(const licenses::Keyset& keyset, std::string_view token) {
    const licenses::KeysetKey* key = keyset.find(signer_of(token));
    return key == nullptr || key->status == licenses::KeyStatus::kCompromised;
}

PublishedList publish_with(Home& home, const licenses::Keyset& keyset, const Passphrase& passphrase) {
    KeyTable keys(home.ledger());
    std::vector<licenses::DocumentId> ids = refused_ids(home.ledger());
    if (ids.size() > licenses::kMaxRevokedIds)
        throw Failure("too_large", "There are more revoked ids than a revocation list may hold.");
    const auto key = home.signing_key(keyset, "crl", passphrase);
    const licenses::RevocationList list(home.issuer(), home.now(), keys.next_revocations_sequence(),
                                        std::move(ids));
    PublishedList out{list.sequence(), list.size(), licenses::sign_revocations(list, key)};
    take(licenses::verify_revocations(out.token, keyset, home.now()));
    keys.add_revocations(out.sequence, out.token, out.ids);
    return out;
}

}  // namespace

LicenceSigner::LicenceSigner(licenses::SecretKey key, const Home& home)
    : key_(std::move(key)), home_(home), kid_(licenses::key_id(key_.public_key())) {}

Issued LicenceSigner::sign(licenses::Licence licence, const std::string& price,
                           const std::string& note) const {
    const std::string payload = licenses::encode_licence(licence);
    Issued out;
    out.row.token = licenses::sign_token(key_, payload, "{\"kid\":\"" + kid_ + "\"}", licenses::kLicenceType);
    if (out.row.token.size() > licenses::kMaxLicenceBytes)
        throw Failure("too_large", "The licence is larger than 16 KiB, which a host would not read.");
    out.row.id = licence.id;
    out.row.line = licence.line_id();
    out.row.sequence = licence.sequence;
    out.row.subject = licence.subject;
    out.row.plan = licence.plan;
    out.row.model = to_string(licence.model);
    out.row.signed_by = kid_;
    out.row.issued_at = out.row.status_at = licence.issued_at;
    out.row.not_before = licence.not_before;
    out.row.not_after = licence.not_after;
    out.row.price = price;
    out.row.note = note;
    out.licence = std::move(licence);
    return out;
}

Issued LicenceSigner::sign_and_check(licenses::Licence licence, const std::string& price,
                                     const std::string& note) const {
    Issued out = sign(std::move(licence), price, note);
    take(licenses::verify_licence_token(out.row.token, home_.keyset(), home_.now()));
    return out;
}

BundleMaker::BundleMaker(Home& home) : keyset_(home.keyset_token()), rotations_(home.rotations()) {
    home.keyset();  // that there is one
    if (!home.has_ledger()) return;
    if (auto list = KeyTable(home.ledger()).newest_revocations()) revocations_ = std::move(list->token);
    if (!revocations_.empty() && is_compromised(home.keyset(), revocations_))
        throw Failure(
            "list_compromised",
            "The revocation list was signed by a key that is compromised, and hosts refuse whatever "
            "comes with it. Publish it anew: mortise-license crl publish.");
}

bool BundleMaker::leaves_out_list(const licenses::Licence& licence) const noexcept {
    const bool demanded = licence.crl_sequence_min > 0 || licence.refresh_by.has_value();
    return !demanded && revocations_.size() > kShortList;
}

bool BundleMaker::tell_if_left_out(const licenses::Licence& licence) const {
    if (!leaves_out_list(licence)) return false;
    warn("The revocation list is long and is not in the bundle. With it: mortise-license bundle " +
         licence.id + "; by itself, for all customers: mortise-license crl publish --out …");
    return true;
}

std::string BundleMaker::make(const licenses::Licence& licence, const std::string& token,
                              const std::string& activation) const {
    return licenses::format_bundle(
        {keyset_, token, leaves_out_list(licence) ? std::string() : revocations_, activation, rotations_});
}

std::string BundleMaker::make_whole(const std::string& token) const {
    return licenses::format_bundle({keyset_, token, revocations_, "", rotations_});
}

std::string BundleMaker::make_update() const {
    if (revocations_.empty())
        throw Failure("no_revocations", "No revocation list was published yet: mortise-license crl publish.");
    return licenses::format_bundle({keyset_, "", revocations_, "", rotations_});
}

licenses::Licence licence_of(const LicenceRow& row) {
    const auto token = take(licenses::parse_token(row.token, licenses::kMaxLicenceBytes));
    return take(licenses::decode_licence(token.payload));
}

PublishedList publish_revocations(Home& home, const Passphrase& passphrase) {
    return publish_with(home, home.keyset(), passphrase);
}

std::optional<PublishedList> replace_compromised_list(Home& home, const Passphrase& passphrase) {
    KeyTable keys(home.ledger());
    const auto list = keys.newest_revocations();
    const auto newest = keys.newest_keyset();
    if (!list || !newest) return std::nullopt;
    const auto keyset = take(licenses::verify_keyset(newest->token, home.trusted(), home.now()));
    if (!is_compromised(keyset, list->token)) return std::nullopt;
    return publish_with(home, keyset, passphrase);
}

std::string describe(const std::optional<PublishedList>& list) {
    if (list) return "Published revocation list " + std::to_string(list->sequence) + ".";
    return "Hosts learn of it by the next list: mortise-license crl publish";
}

}  // namespace mortise::issuer
