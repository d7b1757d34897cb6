#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"

#include <string>
#include <string_view>

namespace mortise::flags {

class FlagService;

// A flagd document of all flags that the context owns (a tenant's own, or the platform's) as its environment
// has them, but for archived ones, and of what they share, with its members in the order of their names, so
// that the same flags are the same text. An import takes it.
struct Export {
    std::string document;  // JSON, compact
    std::string etag;      // a strong tag with its quotes, over the document
};
base::Result<Export> export_flags(const base::RequestContext& context, storage::Unit& unit,
                                  FlagService& flags);
// Whether an export made now has one of these tags, the value of an If-Match; else `version_mismatch` (412).
base::Status check_exported(const base::RequestContext& context, storage::Unit& unit, FlagService& flags,
                            std::string_view if_match);

}  // namespace mortise::flags
