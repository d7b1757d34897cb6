#pragma once

#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/storage/database.hpp"

#include <string>

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

}  // namespace mortise::flags
