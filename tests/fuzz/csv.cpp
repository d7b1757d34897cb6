// The milestones' CSV: what was read can be written and read again.
#include "plugins/milestones/src/csv.hpp"

#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using Result = milestones::CsvReader::Result;
    milestones::CsvReader reader(input);
    std::vector<std::string> fields;
    while (reader.next(fields) == Result::kRecord) {
        FUZZ_EXPECT(!fields.empty() && fields.size() <= milestones::kMaxCsvColumns);
        // A record of one empty field is an empty line, which a reader passes over.
        if (fields.size() == 1 && fields[0].empty()) continue;
        // Behind another record, since a byte order mark at the very beginning belongs to the file.
        std::string written = "head\r\n";
        milestones::append_csv_record(written, {fields.begin(), fields.end()});
        milestones::CsvReader again(written);
        std::vector<std::string> read;
        FUZZ_EXPECT(again.next(read) == Result::kRecord && read.size() == 1);
        FUZZ_EXPECT(again.next(read) == Result::kRecord && read == fields);
    }
}
