// What a vendor's people write: lists, licence files and catalogues.
#include "licenses/issuer/csv.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/money.hpp"
#include "licenses/issuer/root_signing.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

namespace {

using namespace mortise::issuer;

// What was read is written, below the names of columns, and read again as the same, but for what a
// spreadsheet would take for a formula. One field that is empty is an empty line, which counts for none.
void list(std::string_view text) {
    CsvReader reader(text);
    std::vector<std::string> fields, again;
    while (reader.next(fields)) {
        if (fields.size() == 1 && fields.front().empty()) continue;
        const std::string file = "column\n" + csv_line(fields);
        for (std::string& field : fields)
            if (!field.empty() && std::string_view("=+-@\t\r").find(field.front()) != std::string_view::npos)
                field.insert(0, 1, '\'');
        CsvReader second(file);
        FUZZ_EXPECT(second.next(again) && second.next(again) && again == fields);
    }
}

}  // namespace

void fuzz(std::string_view input) {
    if (input.empty()) return;
    const std::string_view rest = input.substr(1);
    try {
        if (input.front() % 3 == 0) list(rest);
        if (input.front() % 3 == 1) (void)parse_money(rest);
        if (input.front() % 3 == 2) (void)read_sign_request(rest);
    } catch (const Failure&) {
    }
}
