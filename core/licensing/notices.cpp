#include "core/licensing/notices.hpp"

#include "core/base/text.hpp"
#include "core/tenancy/limits.hpp"
#include "core/tenancy/trail.hpp"

#include <fmt/format.h>

namespace mortise::licensing {
namespace {

const storage::Statement kNotice{"licensing.notice",
                                 "INSERT INTO licence_notices (kind, day) VALUES ($1, $2) "
                                 "ON CONFLICT (kind) DO UPDATE SET day = excluded.day "
                                 "WHERE licence_notices.day < excluded.day",
                                 {storage::Type::kText, storage::Type::kInteger}};

std::string data_of(const Snapshot& snapshot) {
    std::string data = fmt::format(R"({{"state":"{}","reason":"{}")", to_string(snapshot.state),
                                   licenses::to_string(snapshot.reason));
    if (snapshot.days_left) data += fmt::format(R"(,"days_left":{})", *snapshot.days_left);
    if (snapshot.not_after)
        data += fmt::format(R"(,"not_after":"{}")", base::format_rfc3339(*snapshot.not_after));
    if (!snapshot.ending_plugins.empty()) {
        data += R"(,"plugins":[)";
        for (const auto& [id, ends_at, days_left] : snapshot.ending_plugins)
            data += fmt::format(R"({}{{"id":"{}","days_left":{},"not_after":"{}"}})",
                                data.ends_with('[') ? "" : ",", id, days_left, base::format_rfc3339(ends_at));
        data += ']';
    }
    return data + '}';
}

}  // namespace

base::Result<bool> notice_of_the_day(storage::Unit& unit, events::Outbox& outbox, const Snapshot& snapshot,
                                     base::Micros now) {
    const std::int64_t day = tenancy::day_of(now);
    MORTISE_TRY_ASSIGN(const auto changed, unit.run(kNotice, {to_string(snapshot.state), day}));
    if (changed == 0) return false;
    const events::Event event{"mortise.license.attention", "/core/licensing", snapshot.licence_id,
                              data_of(snapshot)};
    MORTISE_TRY(outbox.append(unit, tenancy::system_context(), {&event, 1}));
    return true;
}

}  // namespace mortise::licensing
