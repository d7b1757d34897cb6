#pragma once

#include "core/base/result.hpp"
#include "core/storage/database.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace mortise::tenancy {

// The rows of a query, each made by `make(row)`, which answers a base::Result; its first error is answered.
template <class Make>
auto read_all(storage::Unit& unit, const storage::Statement& statement,
              std::initializer_list<storage::Value> parameters, Make make) {
    using T = std::decay_t<decltype(make(std::declval<const storage::Row&>()).value())>;
    std::vector<T> rows;
    std::optional<base::Error> fault;
    auto done = unit.run(statement, parameters, [&](const storage::Row& row) {
        auto made = make(row);
        if (made.ok())
            rows.push_back(std::move(made).value());
        else
            fault = std::move(made).error();
        return !fault.has_value();
    });
    if (!done) return base::Result<std::vector<T>>(std::move(done).error());
    if (fault) return base::Result<std::vector<T>>(*std::move(fault));
    return base::Result<std::vector<T>>(std::move(rows));
}

// The first row of a query that answers at most one.
template <class Make>
auto read_one(storage::Unit& unit, const storage::Statement& statement,
              std::initializer_list<storage::Value> parameters, Make make) {
    auto rows = read_all(unit, statement, parameters, std::move(make));
    using T = typename std::decay_t<decltype(rows.value())>::value_type;
    if (!rows) return base::Result<std::optional<T>>(std::move(rows).error());
    if (rows->empty()) return base::Result<std::optional<T>>(std::optional<T>());
    return base::Result<std::optional<T>>(std::optional<T>(std::move(rows->front())));
}

// The rows of two queries of the same parameters, one after the other: a unit is over with the first fault,
// so that what came next would only say that.
template <class Make>
auto read_both(storage::Unit& unit, const storage::Statement& first, const storage::Statement& second,
               std::initializer_list<storage::Value> parameters, Make make) {
    auto rows = read_all(unit, first, parameters, make);
    if (!rows) return rows;
    auto more = read_all(unit, second, parameters, make);
    if (!more) return more;
    std::move(more->begin(), more->end(), std::back_inserter(*rows));
    return rows;
}

// The one number that a query answers; 0 if it answers nothing.
inline base::Result<std::int64_t> read_count(storage::Unit& unit, const storage::Statement& statement,
                                             std::initializer_list<storage::Value> parameters) {
    std::int64_t count = 0;
    auto done = unit.run(statement, parameters, [&count](const storage::Row& row) {
        count = row.integer(0);
        return false;
    });
    if (!done) return std::move(done).error();
    return count;
}

}  // namespace mortise::tenancy
