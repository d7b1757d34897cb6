#include "licenses/issuer/bulk.hpp"

#include "licenses/document/paseto.hpp"
#include "licenses/issuer/csv.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/licence_id.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/terms_options.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

constexpr std::size_t kMaxList = 1024ULL * 1024 * 1024;
constexpr std::uint64_t kBatchOfRows = 1000;

// The list, read row by row.
class TermsReader {
 public:
    TermsReader(std::string_view text, const Terms& base, const Catalogue& catalogue)
        : csv_(text), base_(base), catalogue_(catalogue) {
        if (!csv_.next(columns_))
            throw Failure("malformed_csv", "The list is empty; its first row names the columns.");
        std::set<std::string> seen;
        for (const std::string& column : columns_) {
            if (!is_term(column))
                throw Failure("malformed_csv", "The list has the column " + column + ", which is not known.");
            if (!seen.insert(column).second)
                throw Failure("malformed_csv", "The list has the column " + column + " twice.");
        }
    }

    // The terms of the next row, its plan's below them; false at the end.
    bool next(Terms& out) {
        if (!csv_.next(fields_)) return false;
        const std::string where = "Line " + std::to_string(csv_.line());
        if (fields_.size() != columns_.size())
            throw Failure("malformed_csv", where + " of the list has " + std::to_string(fields_.size()) +
                                               " fields where there are " + std::to_string(columns_.size()) +
                                               " columns.");
        Terms row;
        for (std::size_t i = 0; i < columns_.size(); ++i)
            set_term(row, columns_[i], fields_[i], where + ", column " + columns_[i] + ",");
        out = with_plan(overlay(base_, row), catalogue_);
        return true;
    }

    std::size_t line() const noexcept { return csv_.line(); }

 private:
    CsvReader csv_;
    const Terms& base_;
    const Catalogue& catalogue_;
    std::vector<std::string> columns_, fields_;
};

// Where the bundles go.
class Output {
 public:
    explicit Output(const BulkJob& job) : job_(job) {
        if (!job.out_dir.empty()) {
            std::filesystem::create_directories(job.out_dir);
        } else {
            if (std::filesystem::exists(job.out_file))
                throw Failure("exists", job.out_file.string() + " exists already and is left as it is.");
            part_ = job.out_file.string() + ".part";
            stream_.open(part_, std::ios::binary | std::ios::trunc);
            if (!stream_) throw Failure("io_error", part_.string() + " can't be written.");
        }
    }

    void write(std::int64_t row, const std::string& subject, const std::string& id,
               const std::string& bundle) {
        if (!job_.out_dir.empty())
            return replace_file_unsynced(job_.out_dir / (file_name(id) + ".license"), bundle, 0644);
        stream_ << to_text({{"row", row}, {"sub", subject}, {"id", id}, {"bundle", bundle}}) << '\n';
    }

    void flush() {
        if (!job_.out_dir.empty()) sync_files(job_.out_dir);
    }

    // The file of lines takes its name only when it is whole.
    void finish() {
        if (!job_.out_dir.empty()) return;
        stream_.close();
        if (!stream_) throw Failure("io_error", part_.string() + " could not be written to its end.");
        sync_files(part_.has_parent_path() ? part_.parent_path() : std::filesystem::path("."));
        std::filesystem::rename(part_, job_.out_file);
    }

 private:
    // An id is the vendor's to choose, and may be no name for a file.
    static std::string file_name(const std::string& id) {
        const bool plain = !id.starts_with('.') && std::all_of(id.begin(), id.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_' || c == '.';
        });
        return plain ? id : digest(id);
    }

    const BulkJob& job_;
    std::filesystem::path part_;
    std::ofstream stream_;
};

class BulkIssuer {
 public:
    BulkIssuer(Home& home, const BulkJob& job, LicenceSigner signer)
        : home_(home), job_(job), signer_(std::move(signer)), output_(job), bundles_(home) {
        if (job.no_ledger) return;
        table_ = std::make_unique<LicenceTable>(home.ledger());
    }

    void run(TermsReader& reader, std::uint64_t rows, BulkResult& result) {
        Progress progress("Issuing", rows);
        std::vector<Issued> batch;
        Terms terms;
        for (bool more = true; more;) {
            std::unique_ptr<Transaction> transaction;
            if (table_) transaction = std::make_unique<Transaction>(home_.ledger().database());
            batch.clear();
            while (batch.size() < kBatchOfRows && (more = reader.next(terms)))
                batch.push_back(take_row(terms, ++row_, result));
            if (transaction) transaction->commit();
            for (const Issued& issued : batch) {
                if (bundles_.leaves_out_list(issued.licence)) ++result.without_list;
                output_.write(issued.row.batch_row, issued.row.subject, issued.row.id,
                              bundles_.make(issued.licence, issued.row.token));
            }
            output_.flush();
            progress.at(static_cast<std::uint64_t>(row_));
        }
        output_.finish();
    }

 private:
    Issued take_row(const Terms& terms, std::int64_t row, BulkResult& result) {
        if (table_) {
            if (auto kept = table_->find_in_batch(result.batch, row)) {
                ++result.kept;
                licenses::Licence licence = licence_of(*kept);
                return {std::move(licence), *std::move(kept)};
            }
        }
        auto licence =
            make_licence(terms, home_.keyset().issuer, home_.now(), static_cast<std::uint64_t>(home_.now()));
        licence.id = terms.id.value_or(std::string());
        if (licence.id.empty()) licence.id = new_licence_id();
        if (table_ && !terms.sequence)
            licence.sequence = table_->next_sequence(licence.subject, licence.sequence);
        Issued issued = signer_.sign(std::move(licence), terms.price.value_or(""), terms.note.value_or(""));
        issued.row.batch = result.batch;
        issued.row.batch_row = row;
        if (table_) table_->insert(issued.row, "licence.issued");
        ++result.issued;
        return issued;
    }

    Home& home_;
    const BulkJob& job_;
    LicenceSigner signer_;
    Output output_;
    const BundleMaker bundles_;
    std::unique_ptr<LicenceTable> table_;
    std::int64_t row_ = 0;
};

// Every row as a licence that a host would take, before the first is signed; gives how many.
std::uint64_t check_rows(std::string_view text, const Home& home, const Terms& base,
                         const Catalogue& catalogue) {
    TermsReader reader(text, base, catalogue);
    std::set<std::string> ids;
    Terms terms;
    std::uint64_t rows = 0;
    while (reader.next(terms)) {
        ++rows;
        try {
            auto licence = make_licence(terms, home.keyset().issuer, home.now(), 1);
            licence.id = terms.id.value_or("00000000-0000-7000-8000-000000000000");
            if (terms.id && !ids.insert(*terms.id).second) bad_term("id", "stands in the list twice.");
            check_licence(licence);
        } catch (const Failure& failure) {
            throw Failure(failure.code(),
                          "Line " + std::to_string(reader.line()) + " of the list: " + failure.what());
        }
    }
    return rows;
}

// What tells one list from another: its text, and what the options and the catalogue make of it.
std::string batch_of(std::string_view text, const Terms& base, const Catalogue& catalogue, bool again,
                     licenses::Seconds now) {
    std::string terms;
    TermsReader reader(text, base, catalogue);
    Terms row;
    if (reader.next(row)) {
        row.subject = row.subject.value_or("");
        auto licence = make_licence(row, "", 0, 0);
        terms = licenses::encode_licence(licence);
    }
    return digest(licenses::pae({text, terms, again ? std::to_string(now) : std::string()}));
}

}  // namespace

BulkResult issue_list(Home& home, const BulkJob& job, const Terms& terms, const Catalogue& catalogue,
                      const Passphrase& passphrase) {
    const std::string text = read_file(job.list, kMaxList);
    BulkResult result;
    const std::uint64_t rows = check_rows(text, home, terms, catalogue);
    if (job.dry_run) {
        result.issued = rows;
        return result;
    }
    if (!job.no_ledger) result.batch = batch_of(text, terms, catalogue, job.again, home.now());
    BulkIssuer issuer(home, job, LicenceSigner(home.signing_key("lic", passphrase), home));
    TermsReader reader(text, terms, catalogue);
    issuer.run(reader, rows, result);
    return result;
}

}  // namespace mortise::issuer
