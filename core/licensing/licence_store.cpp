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

Error to_error(const licenses::Refusal& refusal) {
    return {kind_of(refusal.code), "license_" + std::string(to_string(refusal.code)), refusal.detail};
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
        if (!stored.activation.empty())
            out_.activation = take(licenses::verify_activation(stored.activation, keyset, kEndOfTime));
        for (const std::string& token : stored.licences) {
            auto licence = take(licenses::verify_licence_token(token, keyset, kEndOfTime));
            if (licence) out_.licences.push_back(*std::move(licence));
        }
    }

    // What is stored was not from the future when it was accepted: if it seems so now, the clock is behind.
    static constexpr Seconds kEndOfTime = 253'402'300'799;  // the end of year 9999

    licenses::TrustedRoots roots_;
    Documents out_;
    std::vector<licenses::Refusal> refusals_;
};

// The licences to be held once `next` is: those that it does not replace, and those that count until it
// begins.
std::vector<std::pair<std::uint64_t, std::string>> merge_licences(const StoredDocuments& stored,
                                                                  const Documents& held,
                                                                  const licenses::SignedLicence& next,
                                                                  const std::string& token, Seconds now) {
    std::vector<std::pair<std::uint64_t, std::string>> kept;
    for (std::size_t i = 0; i < held.licences.size() && i < stored.licences.size(); ++i) {
        const auto& licence = held.licences[i].licence;
        const bool waits = next.licence.not_before > now && licence.not_before <= now;
        if (waits) kept.emplace_back(licence.sequence, stored.licences[i]);
    }
    kept.emplace_back(next.licence.sequence, token);
    std::sort(kept.begin(), kept.end());
    return kept;
}

Status check_replaces(const Documents& held, const licenses::Licence& next, Seconds now) {
    for (const auto& [present, signed_by] : held.licences) {
        if (replaces(present, next))
            return Error{ErrorKind::kConflict, "license_superseded",
                         "A newer licence for this customer is installed already."};
        const bool ended = licenses::evaluate(next, now) == licenses::Validity::kLimited;
        const auto now_valid = licenses::evaluate(present, now);
        if (ended && (now_valid == licenses::Validity::kValid || now_valid == licenses::Validity::kGrace))
            return Error{ErrorKind::kUnprocessable, "license_expired",
                         "The licence has ended, and the present one has not. The present one stays."};
    }
    return {};
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
    auto accepted = licenses::accept(text, held_of(holder_, held), now);
    if (!accepted.ok()) return to_error(accepted.refusal());
    if (!accepted->licence) return keep(unit, *accepted, held, now);
    // If the clock was wrong and has moved the mark of time, a newer licence says so.
    const licenses::Licence& next = accepted->licence->licence;
    const bool newer = std::any_of(held.licences.begin(), held.licences.end(),
                                   [&](const auto& present) { return replaces(next, present.licence); });
    const Seconds then = newer ? holder_.time().now_after_newer(next.issued_at) / kMicrosPerSecond : now;
    MORTISE_TRY(check_replaces(held, next, then));
    return keep(unit, *accepted, held, then);
}

// Refuses what would not count here, then writes what is new.
Status LicenceStore::keep(storage::Unit& unit, const licenses::Accepted& accepted, const Documents& held,
                          Seconds now) {
    const base::Micros stored_at = clock_.now();
    const auto replace = [&](std::string_view kind, const std::string& token) -> Status {
        return token.empty() ? Status() : repository::replace_documents(unit, kind, {token}, stored_at);
    };
    MORTISE_TRY_ASSIGN(const auto stored, read_stored(unit));
    std::vector<std::string> licences = stored.licences;
    if (accepted.licence) {
        Documents next{.rotations = accepted.rotations,
                       .keyset = accepted.keyset,
                       .revocations = accepted.revocations,
                       .activation = accepted.activation ? accepted.activation : held.activation,
                       .licences = {*accepted.licence}};
        if (const auto allowed = holder_.would_allow(next, now))
            if (const auto refusal = licenses::refusal_of(allowed->reason)) return to_error(*refusal);
        licences.clear();
        for (auto& [sequence, token] :
             merge_licences(stored, held, *accepted.licence, accepted.licence_token, now))
            licences.push_back(std::move(token));
    }
    MORTISE_TRY(repository::replace_documents(unit, "root", accepted.rotations, stored_at));
    // A bare licence or an old bundle brings no keyset of its own: what it was checked with is kept.
    MORTISE_TRY(replace("keyset", accepted.keyset_token.empty() ? stored.keyset : accepted.keyset_token));
    MORTISE_TRY(replace("revocations", accepted.revocations_token));
    MORTISE_TRY(replace("activation", accepted.activation_token));
    MORTISE_TRY(repository::replace_documents(unit, "licence", licences, stored_at));
    MORTISE_TRY(unit.run(kForgetOldBundle, {}));
    return {};
}

Status LicenceStore::load(storage::Unit& unit) {
    MORTISE_TRY_ASSIGN(Documents documents, read(unit));
    const auto before = holder_.documents();
    for (const auto& [licence, signed_by] : documents.licences) {
        const bool newer = std::any_of(before->licences.begin(), before->licences.end(),
                                       [&](const auto& held) { return replaces(licence, held.licence); });
        holder_.time().learn(licence.issued_at, newer);
    }
    if (documents.keyset) holder_.time().learn(documents.keyset->issued_at, false);
    if (documents.revocations) holder_.time().learn(documents.revocations->issued_at(), false);
    if (documents.activation) holder_.time().learn(documents.activation->issued_at, false);
    holder_.hold(std::move(documents));
    return {};
}

}  // namespace mortise::licensing
