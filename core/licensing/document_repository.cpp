#include "core/licensing/document_repository.hpp"

#include <cstdint>
#include <map>
#include <utility>

namespace mortise::licensing::repository {
namespace {

using storage::Row;
using storage::Statement;
using storage::Type;

// A revocation list can be longer than one value of the database may be, so texts are kept in parts.
constexpr std::size_t kPartBytes = 8UL << 20;

const Statement kDocuments{"licensing.documents",
                           "SELECT kind, position, text FROM licence_documents ORDER BY kind, position, part",
                           {},
                           {Type::kText, Type::kInteger, Type::kText}};
const Statement kRemoveDocuments{
    "licensing.remove_documents", "DELETE FROM licence_documents WHERE kind = $1", {Type::kText}};
const Statement kInsertDocument{
    "licensing.insert_document",
    "INSERT INTO licence_documents (kind, position, part, text, stored_at) VALUES ($1, $2, $3, $4, $5)",
    {Type::kText, Type::kInteger, Type::kInteger, Type::kText, Type::kTime}};
const Statement kTimeMark{
    "licensing.time_mark", "SELECT sealed FROM licence_time WHERE id = 1", {}, {Type::kText}};
const Statement kKeepTimeMark{"licensing.keep_time_mark",
                              "INSERT INTO licence_time (id, sealed) VALUES (1, $1) "
                              "ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
                              {Type::kText}};

std::vector<std::string> take_all(std::map<std::int64_t, std::string>& by_position) {
    std::vector<std::string> tokens;
    for (auto& [position, token] : by_position)
        tokens.push_back(std::move(token));
    return tokens;
}

std::string take_one(std::map<std::int64_t, std::string>& by_position) {
    return by_position.empty() ? std::string() : std::move(by_position.begin()->second);
}

}  // namespace

base::Result<StoredDocuments> documents(storage::Unit& unit) {
    std::map<std::string, std::map<std::int64_t, std::string>, std::less<>> found;
    MORTISE_TRY(unit.run(kDocuments, {}, [&](const Row& row) {
        found[std::string(row.text(0))][row.integer(1)] += row.text(2);
        return true;
    }));
    return StoredDocuments{.rotations = take_all(found["root"]),
                           .keyset = take_one(found["keyset"]),
                           .revocations = take_one(found["revocations"]),
                           .activations = take_all(found["activation"]),
                           .licences = take_all(found["licence"]),
                           .past = take_all(found["past"])};
}

base::Status replace_documents(storage::Unit& unit, std::string_view kind,
                               const std::vector<std::string>& tokens, base::Micros now) {
    MORTISE_TRY(unit.run(kRemoveDocuments, {kind}));
    std::int64_t position = 0;
    for (std::string_view token : tokens) {
        std::int64_t part = 0;
        for (; !token.empty(); ++part) {
            const std::string_view piece = token.substr(0, kPartBytes);
            MORTISE_TRY(unit.run(kInsertDocument, {kind, position, part, piece, now}));
            token.remove_prefix(piece.size());
        }
        ++position;
    }
    return {};
}

base::Result<std::string> time_mark(storage::Unit& unit) {
    std::string sealed;
    MORTISE_TRY(unit.run(kTimeMark, {}, [&](const Row& row) {
        sealed = row.text(0);
        return false;
    }));
    return sealed;
}

base::Status keep_time_mark(storage::Unit& unit, std::string_view sealed) {
    MORTISE_TRY(unit.run(kKeepTimeMark, {sealed}));
    return {};
}

}  // namespace mortise::licensing::repository
