#pragma once

#include "core/storage/database.hpp"
#include "core/storage/error_map.hpp"

#include <cstddef>

namespace mortise::storage {

// The most that one statement of a plugin may answer.
inline constexpr std::size_t kMaxPluginRows = 100'000;
inline constexpr std::size_t kMaxPluginBytes = 64UL << 20;

// Passes rows on until they are too many or too large; then it stops the reading and run() fails with
// kTooBig. `sink` must outlive this.
class PluginRows {
 public:
    explicit PluginRows(const RowSink& sink) : sink_(sink) {}

    bool operator()(const Row& row) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (const auto* text = std::get_if<std::string_view>(&row[i])) bytes_ += text->size();
            if (const auto* bytes = std::get_if<Bytes>(&row[i])) bytes_ += bytes->data.size();
        }
        exceeded_ = ++rows_ > kMaxPluginRows || bytes_ > kMaxPluginBytes;
        return !exceeded_ && sink_(row);
    }
    bool exceeded() const noexcept { return exceeded_; }

 private:
    const RowSink& sink_;
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;
    bool exceeded_ = false;
};

// Runs a plugin's statement on a connection of either engine.
template <class Connection>
base::Result<std::int64_t> run_for_plugin(Connection& connection, const Statement& statement,
                                          std::span<const Value> parameters, const RowSink& sink) {
    if (!begins_query(connection.text_of(statement)))
        return storage_error(kDenied, statement.name() + ": only SELECT, INSERT, UPDATE, DELETE and WITH");
    if (!sink) return connection.run(statement, parameters, sink);
    PluginRows rows(sink);
    auto result = connection.run(statement, parameters, [&rows](const Row& row) { return rows(row); });
    if (result.ok() && rows.exceeded())
        return storage_error(kTooBig, statement.name() + ": it answers too many rows or bytes");
    return result;
}

}  // namespace mortise::storage
