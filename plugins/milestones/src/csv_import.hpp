#pragma once

#include "draft.hpp"
#include "milestone.hpp"
#include "milestone_repository.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Milestones from a table: read, checked against each other and against what is stored, and planned, all in
// memory, so that a dry run is the same work without the writing.
namespace milestones {

inline constexpr std::size_t kMaxImportRows = 100'000;
inline constexpr std::size_t kMaxImportErrors = 100;

// What is wrong with a cell. The header is row 1.
struct CellError {
    std::size_t row = 0;
    std::string column;  // empty: the row as a whole
    std::string code;
    std::string detail;
};

// The errors of an import, up to kMaxImportErrors.
class CellErrors {
 public:
    void add(std::size_t row, std::string_view column, std::string_view code, std::string_view detail) {
        if (errors_.size() < kMaxImportErrors)
            errors_.push_back({row, std::string(column), std::string(code), std::string(detail)});
    }
    bool empty() const noexcept { return errors_.empty(); }
    const std::vector<CellError>& list() const noexcept { return errors_; }

 private:
    std::vector<CellError> errors_;
};

struct ImportRow {
    std::size_t row = 0;
    Draft draft;
};

// Reads and checks each cell by itself.
std::vector<ImportRow> read_import(std::string_view text, CellErrors& errors);

// A stored milestone that follows from new children.
struct ImportChange {
    mortise::sdk::Uuid id;
    std::string key;
    Status status = Status::kPlanned;
    std::int64_t reported_progress = 0;
};

struct ImportPlan {
    std::vector<Milestone> created;     // parents before their children
    std::vector<Edge> dependencies;     // of the created ones
    std::vector<ImportChange> changed;  // stored ones
    std::vector<std::string> cycle;     // keys, the first again at the end: why there is no plan; else empty
};

// Places the rows among what is stored. Only valid if no error was added.
ImportPlan plan_import(const std::vector<ImportRow>& rows, const std::vector<Node>& stored,
                       const std::vector<Edge>& stored_dependencies, std::int64_t now,
                       const std::function<mortise::sdk::Uuid()>& new_id, CellErrors& errors);

}  // namespace milestones
