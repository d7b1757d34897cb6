// The milestones' CSV: what was read can be written and read again.
#include "plugins/milestones/src/csv.hpp"

#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using Result = milestones::CsvReader::Result;
    milestones::CsvReader reader(input);
    std::vector<std::string> fields;
    while (reader.next(fields) == Result::kRecord) {
        FUZZ_EXPECT(!fields.empty() && fields.size() <= milestones::kMaxCsvColumns);
        const std::vector<std::string_view> views(fields.begin(), fields.end());
        std::string written;
        milestones::append_csv_record(written, views);
        milestones::CsvReader again(written);
        std::vector<std::string> read;
        // A record of one empty field is an empty line, which a reader passes over.
        if (fields.size() == 1 && fields[0].empty()) continue;
        FUZZ_EXPECT(again.next(read) == Result::kRecord && read == fields);
    }
}
