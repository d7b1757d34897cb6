#pragma once

#include "model_schemas.hpp"
#include "mortise/route.hpp"
#include "table_handlers.hpp"
#include "table_schemas.hpp"

// The rows of the routes of decision tables.
namespace rules {

inline constexpr mortise::sdk::Route kTableRoutes[] = {
    {.method = mortise::sdk::Method::kGet,
     .pattern = "/models/{id}/tables",
     .name = "list_tables",
     .summary = "The decision tables of a version, by default the latest",
     .scope = "rules:read",
     .response_type = "application/json",
     .response_schema = schemas::kTables,
     .parameters = schemas::kTablesParameters,
     .handler = list_tables},
    {.method = mortise::sdk::Method::kGet,
     .pattern = "/models/{id}/tables/{table}",
     .name = "read_table",
     .summary = "A decision table as JSON, CSV or a workbook",
     .scope = "rules:read",
     .response_type =
         "application/json, text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
     .response_schema = schemas::kTable,
     .parameters = schemas::kTableParameters,
     .handler = read_table},
    {.method = mortise::sdk::Method::kPut,
     .pattern = "/models/{id}/tables/{table}",
     .name = "import_table",
     .summary = "Replace a decision table by one of a sheet, in the draft or a new one",
     .access = mortise::sdk::Access::kWrite,
     .scope = "rules:write",
     .request_type = "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
     .body_limit = kMaxSheetBody,
     .request_schema = schemas::kSheet,
     .response_type = "application/json",
     .response_schema = schemas::kChanged,
     .parameters = schemas::kImportParameters,
     .handler = import_table},
};

}  // namespace rules
