#pragma once

#include "licenses/issuer/home.hpp"
#include "licenses/issuer/terms.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace mortise::issuer {

// Many licences from a list: CSV whose first row names the columns (terms_options.hpp, set_term()), each row
// a licence.
struct BulkJob {
    std::filesystem::path list;
    std::filesystem::path out_dir;   // a file <id>.license for each, or
    std::filesystem::path out_file;  // one file of JSON lines: {"row", "sub", "id", "bundle"}
    bool no_ledger = false, again = false, dry_run = false;
};

struct BulkResult {
    std::uint64_t issued = 0;
    std::uint64_t kept = 0;          // were issued by an earlier run of the same list
    std::uint64_t without_list = 0;  // bundles that the revocation list was left out of, for its length
    std::string batch;               // names the list and the terms; "" without ledger
};

// Reads the whole list before it signs anything: a wrong row refuses the list, with its line. Then a thousand
// at a time: signed, into the ledger, committed, written out. Who breaks that off and runs it again issues
// only what is missing, and gets all files; the batch, a hash over list and terms, tells that it is the same
// list.
BulkResult issue_list(Home& home, const BulkJob& job, const Terms& terms, const Catalogue& catalogue,
                      const Passphrase& passphrase);

}  // namespace mortise::issuer
