#pragma once

#include "analysis_handlers.hpp"
#include "analysis_schemas.hpp"
#include "mortise/route.hpp"

namespace rules {

inline constexpr mortise::sdk::Route kAnalysisRoutes[] = {
    {.method = mortise::sdk::Method::kGet,
     .pattern = "/models/{id}/analysis",
     .name = "analyse_model",
     .summary = "Gaps, overlaps and useless rules of a version's decision tables, by default of the latest",
     .scope = "rules:read",
     .response_type = "application/json",
     .response_schema = schemas::kAnalysis,
     .parameters = schemas::kAnalysisParameters,
     .handler = analyse_model},
};

}  // namespace rules
