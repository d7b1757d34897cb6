// The JSON edge: what passes it is JSON for the library behind it as well.
#include "core/base/text.hpp"
#include "core/http/json_edge.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <nlohmann/json.hpp>

void fuzz(std::string_view input) {
    std::vector<std::pair<std::string, std::string>> query;
    if (mortise::http::parse_query(input, query))
        FUZZ_EXPECT(query.size() <= mortise::http::kMaxQueryParameters);
    if (!mortise::http::check_json(input).ok()) return;
    FUZZ_EXPECT(mortise::base::is_utf8(input));
    FUZZ_EXPECT(nlohmann::json::accept(input));
}
