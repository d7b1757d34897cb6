#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/flags/flag_model.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/if_match.hpp"

#include <string_view>
#include <vector>

namespace mortise::flags {

// Segments of the tenant in the context, or the platform's without one, in the context's environment; what is
// not set there is production's. The caller commits the unit and then calls Snapshots::refresh().
// Thread-safe.
class SegmentService {
 public:
    explicit SegmentService(const base::Clock& clock) : clock_(clock) {}

    struct Put {
        Segment segment;
        bool created = false;
    };
    // Errors: `invalid_segment_key` (400), `invalid_flag_segment` (400) with JSON pointers, also if a flag's
    // rule could not be evaluated any more, `name_taken` (409) by an evaluator, `too_many_segments` (409),
    // `version_mismatch` (412).
    base::Result<Put> put(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                          std::string_view definition, const tenancy::IfMatch& version = {});
    base::Result<Segment> get(const base::RequestContext& context, storage::Unit& unit,
                              std::string_view key);  // `segment_not_found` (404)
    // By key.
    base::Result<std::vector<Segment>> list(const base::RequestContext& context, storage::Unit& unit);
    // `segment_in_use` (409) if a rule refers to it, `not_in_environment` (409) if it is only production's.
    base::Status remove(const base::RequestContext& context, storage::Unit& unit, std::string_view key,
                        const tenancy::IfMatch& version = {});

 private:
    // Not stored yet; `version` is of what it goes before.
    Segment fresh_segment(const base::RequestContext& context, std::string_view key,
                          std::int64_t version) const;
    base::Status store(storage::Unit& unit, const Segment& segment, bool fresh);

    const base::Clock& clock_;
};

}  // namespace mortise::flags
