// table-sheets: decision tables as files of spreadsheets, as a test asks for them. FORMAT is csv or xlsx.
//
//   table-sheets write FORMAT                  a JSON array of rows, arrays of texts, as a sheet
//   table-sheets read FORMAT                   a sheet as {"cells": [[…]]}
//   table-sheets export FORMAT MODEL TABLE     a table of the file MODEL as a sheet
//   table-sheets import FORMAT MODEL TABLE     MODEL with the table of a sheet in place of its own
//
// From standard input to standard output. What is wrong is told as {"faults": ["where code", …]}, with the
// exit status 1.
#include "tables/csv.hpp"
#include "tables/model_tables.hpp"
#include "tables/sheets.hpp"
#include "tables/xlsx.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace {

using namespace rules::tables;
using Json = nlohmann::json;

std::string all_of(std::istream& in) {
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string file(const char* path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::invalid_argument(std::string("can't read ") + path);
    return all_of(in);
}

std::optional<std::string> write(bool csv, const Grid& cells, Faults& faults) {
    return csv ? write_csv(cells) : write_xlsx(cells, faults);
}

std::optional<std::string> read(bool csv, const std::string& sheet, Faults& faults) {
    const auto cells = csv ? read_csv(sheet, faults) : read_xlsx(sheet, faults);
    if (!cells) return std::nullopt;
    return Json{{"cells", *cells}}.dump();
}

std::optional<std::string> export_table(bool csv, const char* model, const char* name, Faults& faults) {
    const auto table = read_table(file(model), name, faults);
    if (!table) return std::nullopt;
    return csv ? to_csv(*table) : to_xlsx(*table, faults);
}

std::optional<std::string> import_table(bool csv, const char* model, const char* name, Faults& faults) {
    const std::string sheet = all_of(std::cin);
    const auto table = csv ? from_csv(sheet, faults) : from_xlsx(sheet, faults);
    if (!table) return std::nullopt;
    return replace_table(file(model), name, *table, faults);
}

std::optional<std::string> run(std::span<char*> arguments, Faults& faults) {
    if (arguments.size() < 3) throw std::invalid_argument("see the head of table_sheets.cpp");
    const std::string command = arguments[1];
    const bool csv = std::string_view(arguments[2]) == "csv";
    if (command == "write") return write(csv, Json::parse(std::cin).get<Grid>(), faults);
    if (command == "read") return read(csv, all_of(std::cin), faults);
    if (arguments.size() == 5 && command == "export")
        return export_table(csv, arguments[3], arguments[4], faults);
    if (arguments.size() == 5 && command == "import")
        return import_table(csv, arguments[3], arguments[4], faults);
    throw std::invalid_argument("see the head of table_sheets.cpp");
}

}  // namespace

int main(int argc, char** argv) try {
    Faults faults;
    const auto answer = run({argv, static_cast<std::size_t>(argc)}, faults);
    if (answer) {
        std::cout << *answer;
        return 0;
    }
    Json told = Json::array();
    for (const Fault& fault : faults)
        told.push_back(fault.where + " " + fault.code);
    std::cout << Json{{"faults", told}};
    return 1;
} catch (const std::exception& error) {
    std::cerr << "table-sheets: " << error.what() << '\n';
    return 2;
}
