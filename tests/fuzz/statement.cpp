// A plugin's statement file.
#include "core/storage/statement_file.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace mortise::storage;
    const auto statement = parse_statement_file("seed.statement", "statement.sql", input);
    if (!statement.ok()) return;
    FUZZ_EXPECT((*statement)->variants() >= 1 && (*statement)->variants() <= kMaxStatementVariants);
    FUZZ_EXPECT((*statement)->parameters().size() <= kMaxStatementParameters);
}
