#include "tables/sheets.hpp"

#include "tables/csv.hpp"
#include "tables/xlsx.hpp"

namespace rules::tables {

std::string to_csv(const Table& table) {
    return write_csv(to_grid(table));
}

std::optional<Table> from_csv(std::string_view text, Faults& faults, const Limits& limits) {
    const auto grid = read_csv(text, faults, limits);
    return grid ? from_grid(*grid, faults) : std::nullopt;
}

std::optional<std::string> to_xlsx(const Table& table, Faults& faults) {
    return write_xlsx(to_grid(table), faults);
}

std::optional<Table> from_xlsx(std::string_view bytes, Faults& faults, const Limits& limits) {
    const auto grid = read_xlsx(bytes, faults, limits);
    return grid ? from_grid(*grid, faults) : std::nullopt;
}

}  // namespace rules::tables
