#include "licenses/issuer/home.hpp"

#include "licenses/document/paserk.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/key_table.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <span>
#include <utility>

namespace mortise::issuer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKeysetFile = "keyset.token";
constexpr const char* kRotationsFile = "rotations.tokens";
constexpr const char* kRevocationsFile = "revocations.token";
constexpr const char* kLedgerFile = "ledger.db";
constexpr std::size_t kMaxRotationsFile = licenses::kMaxRootBytes * licenses::kMaxRootRotations;

std::string key_file_name(const licenses::PublicKey& key) {
    return licenses::key_id(key) + ".key";
}

void make_private_folder(const fs::path& path) {
    fs::create_directory(path);
    ::chmod(path.c_str(), 0700);
}

std::string read_token_file(const fs::path& path, std::size_t max_bytes) {
    if (!fs::exists(path)) return {};
    std::string token = read_file(path, max_bytes + 1);
    if (token.ends_with('\n')) token.pop_back();
    return token;
}

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

void replace_if_other(const fs::path& path, const std::string& content) {
    std::error_code ignored;
    if (fs::exists(path, ignored) && fs::file_size(path, ignored) == content.size() &&
        read_file(path, content.size()) == content)
        return;
    replace_file(path, content, 0644);
}

}  // namespace

licenses::SecretKey read_secret_key(const fs::path& path, const Passphrase& passphrase) {
    const std::string text = read_line_file(path);
    if (text.starts_with("k4.secret-pw.")) return take(licenses::unwrap_secret_key(text, passphrase()));
    return take(licenses::secret_key_from_paserk(text));
}

std::string secret_key_file(const licenses::SecretKey& key, const std::string* passphrase) {
    return (passphrase != nullptr ? licenses::wrap_secret_key(key, *passphrase) : licenses::to_paserk(key)) +
           "\n";
}

namespace {

// The parts of a new home, each written into the folder that is not yet in its place.
struct HomeMaker {
    const NewHome& wanted;
    fs::path path;
    const std::string* wrap;
    Ledger ledger;
    KeyTable keys{ledger};

    licenses::PublicKey make_root(std::optional<licenses::SecretKey>& secret) {
        licenses::PublicKey root;
        if (wanted.root) {
            root = *wanted.root;
        } else {
            secret = licenses::SecretKey::generate();
            root = secret->public_key();
            write_new_file(path / "root.key", secret_key_file(*secret, wrap), 0600);
        }
        write_new_file(path / "root.pub", licenses::to_paserk(root) + "\n", 0644);
        keys.add_root(root, "");
        return root;
    }

    licenses::KeysetKey make_signing_key() {
        const auto secret = licenses::SecretKey::generate();
        make_private_folder(path / "keys");
        write_new_file(path / "keys" / key_file_name(secret.public_key()), secret_key_file(secret, wrap),
                       0600);
        licenses::KeysetKey key{
            secret.public_key(), {"act", "crl", "lic"}, licenses::KeyStatus::kActive, {}, {}};
        keys.add_signing_key(key);
        return key;
    }

    void sign_keyset(const licenses::KeysetKey& key, const licenses::SecretKey& root) {
        const licenses::Keyset keyset{wanted.issuer, wanted.now, 1, {key}};
        const std::string token = licenses::sign_keyset(keyset, root);
        const licenses::PublicKey roots[] = {root.public_key()};
        take(licenses::verify_keyset(token, roots, wanted.now));
        keys.add_root_signature(1, licenses::encode_keyset(keyset));
        keys.add_keyset(1, token);
        write_new_file(path / kKeysetFile, token + "\n", 0644);
    }
};

}  // namespace

HomeFacts create_home(const NewHome& wanted) {
    NewFolder folder(wanted.path);
    std::string passphrase;
    if (!wanted.development) passphrase = wanted.passphrase();
    HomeFacts facts;
    {
        HomeMaker maker{wanted, folder.path(), wanted.development ? nullptr : &passphrase,
                        Ledger(folder.path() / kLedgerFile, wanted.now)};
        Transaction transaction(maker.ledger.database());
        maker.ledger.set_meta("issuer", wanted.issuer);
        maker.ledger.audit("home.made", wanted.issuer);
        std::optional<licenses::SecretKey> root;
        facts.root = maker.make_root(root);
        facts.root_id = licenses::key_id(facts.root);
        if (!wanted.root_only) {
            const licenses::KeysetKey key = maker.make_signing_key();
            facts.signing_id = licenses::key_id(key.key);
            if (root) maker.sign_keyset(key, *root);
        }
        transaction.commit();
    }
    folder.commit();
    return facts;
}

Home::Home(fs::path path, licenses::Seconds now) : path_(std::move(path)), now_(now) {
    if (fs::exists(path_ / kLedgerFile)) {
        ledger_ = std::make_unique<Ledger>(path_ / kLedgerFile, now_);
        if (KeyTable(*ledger_).roots().empty()) adopt_files();  // a crash between the two
        refresh_files();
    } else {
        read_files();
    }
}

void Home::read_files() {
    root_ = take(licenses::public_key_from_paserk(read_line_file(path_ / "root.pub")));
    rotations_ = split_lines(read_token_file(path_ / kRotationsFile, kMaxRotationsFile));
    first_root_ = root_;
    if (ledger_)
        if (const auto roots = KeyTable(*ledger_).roots(); !roots.empty()) first_root_ = roots.front().key;
    keyset_token_ = read_token_file(path_ / kKeysetFile, licenses::kMaxKeysetBytes);
    keyset_.reset();
    if (!keyset_token_.empty()) keyset_ = take(licenses::verify_keyset(keyset_token_, trusted(), now_));
}

// A home from before there were ledgers, or one whose ledger was lost: what the files say is the beginning.
void Home::adopt_files() {
    read_files();
    KeyTable keys(*ledger_);
    Transaction transaction(ledger_->database());
    if (!keys.roots().empty()) return;
    if (keyset_) ledger_->set_meta("issuer", keyset_->issuer);
    ledger_->audit("home.adopted", keyset_ ? keyset_->issuer : "");
    keys.add_root(root_, "");
    if (keyset_) {
        for (const licenses::KeysetKey& key : keyset_->keys)
            keys.add_signing_key(key, "key.adopted");
        keys.add_keyset(keyset_->sequence, keyset_token_);
    }
    transaction.commit();
}

void Home::refresh_files() {
    KeyTable keys(*ledger_);
    const auto roots = keys.roots();
    if (roots.empty()) return read_files();
    replace_if_other(path_ / "root.pub", licenses::to_paserk(roots.back().key) + "\n");
    std::string rotations;
    for (const RootRow& root : roots)
        if (!root.rotation.empty()) rotations += root.rotation + "\n";
    if (!rotations.empty()) replace_if_other(path_ / kRotationsFile, rotations);
    if (const auto keyset = keys.newest_keyset()) replace_if_other(path_ / kKeysetFile, keyset->token + "\n");
    if (const auto list = keys.newest_revocations())
        replace_if_other(path_ / kRevocationsFile, list->token + "\n");
    read_files();
}

Ledger& Home::ledger() {
    if (!ledger_) {
        ledger_ = std::make_unique<Ledger>(path_ / kLedgerFile, now_);
        adopt_files();
    }
    return *ledger_;
}

std::string Home::issuer() {
    return keyset_ ? keyset_->issuer : ledger().meta("issuer");
}

const licenses::Keyset& Home::keyset() const {
    if (!keyset_)
        throw Failure("no_keyset",
                      "No keyset was published yet. Have the root sign one: mortise-license keyset publish.");
    return *keyset_;
}

licenses::TrustedRoots Home::trusted() const {
    licenses::TrustedRoots roots(std::span(&first_root_, 1));
    for (const std::string& token : rotations_)
        take(roots.rotate(token, now_));
    return roots;
}

fs::path Home::signing_key_path(const licenses::PublicKey& key) const {
    return path_ / "keys" / key_file_name(key);
}

licenses::SecretKey Home::signing_key(std::string_view use, const Passphrase& passphrase) const {
    return signing_key(keyset(), use, passphrase);
}

licenses::SecretKey Home::signing_key(const licenses::Keyset& keyset, std::string_view use,
                                      const Passphrase& passphrase) const {
    std::vector<licenses::KeysetKey> known;
    if (ledger_) known = KeyTable(*ledger_).signing_keys();
    const auto given_up = [&](const licenses::PublicKey& key) {
        return std::any_of(known.begin(), known.end(), [&](const licenses::KeysetKey& row) {
            return row.key == key && row.status != licenses::KeyStatus::kActive;
        });
    };
    for (const licenses::KeysetKey& key : keyset.keys) {
        if (key.status != licenses::KeyStatus::kActive || !key.allows(use) || given_up(key.key)) continue;
        const fs::path file = signing_key_path(key.key);
        if (fs::exists(file)) return read_secret_key(file, passphrase);
    }
    throw Failure("no_signing_key",
                  "No active key with the use " + std::string(use) + " lies in " + (path_ / "keys").string() +
                      ". Add one: mortise-license keyset add --use " + std::string(use) + ".");
}

fs::path Home::root_key_path(const licenses::PublicKey& root) const {
    const fs::path own = path_ / "roots" / key_file_name(root);
    return root == first_root_ && !fs::exists(own) ? path_ / "root.key" : own;
}

bool Home::has_root_key() const {
    return fs::exists(root_key_path(root_));
}

licenses::SecretKey Home::root_key(const Passphrase& passphrase) const {
    if (!has_root_key())
        throw Failure("no_root_key",
                      "The root's secret key does not lie in this home. Have it signed where the root "
                      "is, with a request file.");
    auto key = read_secret_key(root_key_path(root_), passphrase);
    if (key.public_key() != root_)
        throw Failure("wrong_root_key", "The root's secret key in this home does not belong to root.pub.");
    return key;
}

bool Home::development() const {
    std::error_code ignored;
    const auto is_plain = [](const fs::path& file) {
        return fs::exists(file) && read_line_file(file).starts_with("k4.secret.");
    };
    if (has_root_key()) return is_plain(root_key_path(root_));
    for (const auto& entry : fs::directory_iterator(path_ / "keys", ignored))
        return is_plain(entry.path());
    return false;
}

}  // namespace mortise::issuer
