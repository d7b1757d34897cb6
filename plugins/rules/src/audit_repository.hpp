#pragma once

#include "audit.hpp"
#include "mortise/sql.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace rules {

// The plugin's statements about past evaluations, in the call's unit of work.
class AuditRepository {
 public:
    explicit AuditRepository(mortise::sdk::Sql sql) noexcept : sql_(sql) {}

    void insert(const AuditRecord& record) const;
    std::optional<AuditRecord> find(const mortise::sdk::Uuid& id) const;
    // The newest first, those before `before`.
    std::vector<AuditRecord> newest(const AuditFilter& filter,
                                    const std::optional<mortise::sdk::Uuid>& before,
                                    std::int64_t limit) const;
    // The oldest first, those after `after`.
    std::vector<AuditRecord> oldest(const AuditFilter& filter, const std::optional<mortise::sdk::Uuid>& after,
                                    std::int64_t limit) const;
    // Of the `most` oldest records deletes those from before `time`; answers how many.
    std::int64_t purge(std::int64_t time, std::int64_t most) const;

 private:
    std::vector<AuditRecord> list(const AuditFilter& filter, const std::optional<mortise::sdk::Uuid>& from,
                                  std::int64_t limit, std::string_view order) const;

    mortise::sdk::Sql sql_;
};

}  // namespace rules
