#pragma once

#include <string_view>

namespace mortise::api {

// The page at /docs: it reads /openapi.json and shows it. Nothing is loaded from elsewhere.
extern const std::string_view kDocsPage;

}  // namespace mortise::api
