#include "core/licensing/licence_store.hpp"

#include "core/licensing/document_repository.hpp"
#include "licenses/document/bundle.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mortise::licensing {
namespace {

using base::Error;
using base::ErrorKind;
using base::kMicrosPerSecond;
using base::Result;
using base::Status;
using licenses::RefusalCode;
using licenses::Seconds;
using storage::Row;
using storage::Statement;
using storage::Type;

// What earlier versions kept: one bundle.
const Statement kOldBundle{
    "licensing.old_bundle", "SELECT bundle FROM licence WHERE id = 1", {}, {Type::kText}};
const Statement kForgetOldBundle{"licensing.forget_old_bundle", "DELETE FROM licence", {}};

ErrorKind kind_of(RefusalCode code) noexcept {
    switch (code) {
        case RefusalCode::kTooLarge:
            return ErrorKind::kTooLarge;
        case RefusalCode::kMalformedToken:
        case RefusalCode::kMalformedBundle:
            return ErrorKind::kInvalid;
        case RefusalCode::kKeysetRollback:
        case RefusalCode::kCrlRollback:
            return ErrorKind::kConflict;
        default:
            return ErrorKind::kUnprocessable;
    }
}

Error to_error(const licenses::Refusal& refusal, Seconds now) {
    Error error{kind_of(refusal.code), "license_" + std::string(to_string(refusal.code)), refusal.detail};
    if (refusal.code == RefusalCode::kIssuedInFuture)
        error.detail += " It says " + licenses::format_time(now) + ".";
    return error;
}

// The keyset as if none of its keys had been compromised. What is stored was accepted once: that its signer
// counts no longer is evaluate()'s to say, and its licence stays known as one that is limited.
licenses::Keyset as_when_signed(licenses::Keyset keyset) {
    for (auto& key : keyset.keys)
        if (key.status == licenses::KeyStatus::kCompromised) key.status = licenses::KeyStatus::kActive;
    return keyset;
}

licenses::Held held_of(const LicenceHolder& holder, const Documents& documents) {
    return {.roots = holder.roots(),
            .rotations = documents.rotations,
            .keyset = documents.keyset ? &*documents.keyset : nullptr,
            .revocations = documents.revocations};
}

// Reads what is stored, piece by piece; what is no longer good is named and left out.
class Reader {
 public:
    explicit Reader(const LicenceHolder& holder) : roots_(holder.roots()) {}

    Documents read(const StoredDocuments& stored) {
        for (const std::string& token : stored.rotations)
            if (take(roots_.rotate(token, kEndOfTime))) out_.rotations.push_back(token);
        if (stored.keyset.empty()) return std::move(out_);
        out_.keyset = take(licenses::verify_keyset(stored.keyset, roots_, kEndOfTime));
        if (!out_.keyset) return std::move(out_);
        read_signed(stored, as_when_signed(*out_.keyset));
        return std::move(out_);
    }
    const std::vector<licenses::Refusal>& refusals() const noexcept { return refusals_; }

 private:
    template <class T>
    std::optional<T> take(licenses::Result<T> result) {
        if (result.ok()) return std::move(result).value();
        refusals_.push_back(std::move(result).refusal());
        return std::nullopt;
    }

    void read_signed(const StoredDocuments& stored, const licenses::Keyset& keyset) {
        if (!stored.revocations.empty()) {
            auto list = take(licenses::verify_revocations(stored.revocations, keyset, kEndOfTime));
            if (list) out_.revocations = std::make_shared<const licenses::RevocationList>(*std::move(list));
        }
        for (const std::string& token : stored.activations)
            if (auto activation = take(licenses::verify_activation(token, keyset, kEndOfTime)))
                out_.activations.push_back({*std::move(activation), token});
        read_licences(stored.licences, keyset, out_.licences);
        read_licences(stored.past, keyset, out_.past);
    }

    void read_licences(const std::vector<std::string>& tokens, const licenses::Keyset& keyset,
                       std::vector<HeldLicence>& out) {
        for (const std::string& token : tokens)
            if (auto read = take(licenses::verify_licence_token(token, keyset, kEndOfTime)))
                out.push_back({std::move(read->licence), std::move(read->signed_by), token});
    }

    // What is stored was not from the future when it was accepted: if it seems so now, the clock is behind.
    static constexpr Seconds kEndOfTime = 253'402'300'799;  // the end of year 9999

    licenses::TrustedRoots roots_;
    Documents out_;
    std::vector<licenses::Refusal> refusals_;
};

Status check_replaces(const Documents& held, const licenses::Licence& next, const licenses::Keyset& keyset,
                      Seconds now) {
    if (superseding({held.licences, held.past}, next, keyset, now) != nullptr)
        return Error{ErrorKind::kConflict, "license_superseded",
                     "A newer licence for this customer is installed already, or was."};
    const bool ended = licenses::evaluate(next, now) == licenses::Validity::kLimited;
    for (const HeldLicence& present : held.licences) {
        const auto now_valid = licenses::evaluate(present.licence, now);
        if (ended && (now_valid == licenses::Validity::kValid || now_valid == licenses::Validity::kGrace))
            return Error{ErrorKind::kUnprocessable, "license_expired",
                         "The licence has ended, and the present one has not. The present one stays."};
    }
    return {};
}

template <class T>
std::vector<std::string> tokens_of(const std::vector<T>& held) {
    std::vector<std::string> tokens;
    for (const T& one : held)
        tokens.push_back(one.token);
    return tokens;
}

Result<StoredDocuments> read_stored(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(auto stored, repository::documents(unit));
    if (!stored.keyset.empty()) return stored;
    std::string bundle;
    MORTISE_TRY(unit.run(kOldBundle, {}, [&](const Row& row) {
        bundle = row.text(0);
        return false;
    }));
    if (const auto parsed = licenses::parse_bundle(bundle); parsed.ok()) {
        stored.keyset = parsed->keyset;
        stored.licences = {parsed->licence};
    }
    return stored;
}

}  // namespace

Result<Documents> LicenceStore::read(storage::Unit& unit) const {
    MORTISE_TRY_ASSIGN(const auto stored, read_stored(unit));
    Reader reader(holder_);
    Documents documents = reader.read(stored);
    for (const licenses::Refusal& refusal : reader.refusals())
        log_.error(
            "a stored licence document is not in force",
            {{"code", licenses::to_string(refusal.code)}, {"reason", std::string_view(refusal.detail)}});
    return documents;
}

Status LicenceStore::install(storage::Unit& unit, std::string_view text) {
    MORTISE_TRY(tenancy::bump_snapshot(unit, kName));  // one at a time, on all nodes
    MORTISE_TRY_ASSIGN(const Documents held, read(unit));
    const Seconds now = holder_.now() / kMicrosPerSecond;
    auto accepted = licenses::accept(text, held_of(holder_, held), now + kClockLeeway);
    if (!accepted.ok()) return to_error(accepted.refusal(), now);
    if (accepted->licence) return keep_licence(unit, *accepted, held);
    return keep(unit, *accepted, clock_.now());
}

// Refuses what would not count here, then writes what is new.
Status LicenceStore::keep_licence(storage::Unit& unit, const licenses::Accepted& accepted,
                                  const Documents& held) {
    HeldLicence next{accepted.licence->licence, accepted.licence->signed_by, accepted.licence_token};
    // The time as it will be known once the documents are held: if the clock has moved the mark of time
    // wrongly, the licence takes that back, and if it is a little behind, they set it right.
    const Seconds now =
        holder_.time().now_after(next.licence.issued_at, accepted.newest_issued_at()) / kMicrosPerSecond;
    MORTISE_TRY(check_replaces(held, next.licence, accepted.keyset, now));
    std::optional<HeldActivation> activation;
    if (accepted.activation) activation = {*accepted.activation, accepted.activation_token};
    const LicenceChain chain = merge({held.licences, held.past}, next, accepted.keyset, now);
    const Documents then{.rotations = accepted.rotations,
                         .keyset = accepted.keyset,
                         .revocations = accepted.revocations,
                         .activations = merge(held.activations, std::move(activation), chain),
                         .licences = chain.held,
                         .past = chain.past};
    if (const auto refusal = licenses::refusal_of(holder_.reason_against(next, then, now)))
        return to_error(*refusal, now);
    const base::Micros stored_at = clock_.now();
    MORTISE_TRY(keep(unit, accepted, stored_at));
    MORTISE_TRY(repository::replace_documents(unit, "activation", tokens_of(then.activations), stored_at));
    MORTISE_TRY(repository::replace_documents(unit, "licence", tokens_of(then.licences), stored_at));
    return repository::replace_documents(unit, "past", tokens_of(then.past), stored_at);
}

Status LicenceStore::keep(storage::Unit& unit, const licenses::Accepted& accepted, base::Micros stored_at) {
    const auto replace = [&](std::string_view kind, const std::string& token) -> Status {
        return token.empty() ? Status() : repository::replace_documents(unit, kind, {token}, stored_at);
    };
    // A bare licence or an old bundle brings no keyset of its own, and an update no licence: what was held
    // is kept.
    MORTISE_TRY_ASSIGN(const auto stored, read_stored(unit));
    MORTISE_TRY(repository::replace_documents(unit, "root", accepted.rotations, stored_at));
    MORTISE_TRY(replace("keyset", accepted.keyset_token.empty() ? stored.keyset : accepted.keyset_token));
    MORTISE_TRY(replace("revocations", accepted.revocations_token));
    MORTISE_TRY(repository::replace_documents(unit, "licence", stored.licences, stored_at));
    MORTISE_TRY(unit.run(kForgetOldBundle, {}));
    return {};
}

Status LicenceStore::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(Documents documents, read(unit));
    TimeKeeper& time = holder_.time();
    for (const HeldLicence& held : documents.licences)
        time.learn_licence(held.licence.issued_at);
    for (const HeldLicence& held : documents.past)
        time.learn(held.licence.issued_at);
    if (documents.keyset) time.learn(documents.keyset->issued_at);
    if (documents.revocations) time.learn(documents.revocations->issued_at());
    for (const HeldActivation& held : documents.activations)
        time.learn(held.activation.issued_at);
    holder_.hold(std::move(documents));
    return {};
}

}  // namespace mortise::licensing
