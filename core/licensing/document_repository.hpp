#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mortise::licensing {

// The vendor's documents that are held, as the tokens that they came as.
struct StoredDocuments {
    std::vector<std::string> rotations;  // of the root, in the order in which they were accepted
    std::string keyset;                  // each empty if there is none
    std::string revocations;
    std::vector<std::string> activations;  // one for each line of licences
    std::vector<std::string> licences;     // the one in force and its successors
    std::vector<std::string> past;         // other customers' that were held before
};

}  // namespace mortise::licensing

// The statements on documents and on the mark of time. Each runs in the caller's unit; nothing here decides.
namespace mortise::licensing::repository {

base::Result<StoredDocuments> documents(storage::Unit& unit);
// Puts the tokens of one kind ("root", "keyset", "revocations", "activation", "licence", "past") in the place
// of what was there.
base::Status replace_documents(storage::Unit& unit, std::string_view kind,
                               const std::vector<std::string>& tokens, base::Micros now);

// The sealed mark; empty if there is none.
base::Result<std::string> time_mark(storage::Unit& unit);
base::Status keep_time_mark(storage::Unit& unit, std::string_view sealed);

}  // namespace mortise::licensing::repository
