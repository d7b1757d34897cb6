#pragma once

#include "mortise/abi/services.h"
#include "mortise/errors.hpp"
#include "mortise/text.hpp"
#include "mortise/uuid.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// mortise.sql/1: named statements of the package, run in the call's unit of work.
namespace mortise::sdk {

// A statement's file name without ".sql", and how many @column lines it has.
struct Query {
    std::string_view name;
    std::size_t columns = 0;
};

// Bytes that are not text.
struct Bytes {
    std::string_view data;
};

// One value for a statement, in the order of its @param lines. A view: what it is made of must live until the
// statement has run.
class Param {
 public:
    Param(std::nullptr_t) noexcept {}
    Param(std::nullopt_t) noexcept {}
    Param(std::string_view text) noexcept { set_bytes(MORTISE_VALUE_TEXT, text.data(), text.size()); }
    Param(const char* text) noexcept : Param(std::string_view(text)) {}
    Param(const std::string& text) noexcept : Param(std::string_view(text)) {}
    Param(Bytes bytes) noexcept { set_bytes(MORTISE_VALUE_BYTES, bytes.data.data(), bytes.data.size()); }
    Param(const Uuid& id) noexcept {
        value_.type = MORTISE_VALUE_UUID;
        value_.as.bytes = {id.bytes.data(), id.bytes.size()};
    }
    template <std::same_as<bool> T>
    Param(T flag) noexcept {
        value_.type = MORTISE_VALUE_BOOL;
        value_.as.integer = flag ? 1 : 0;
    }
    template <std::signed_integral T>
    Param(T number) noexcept {
        value_.type = MORTISE_VALUE_INT;
        value_.as.integer = number;
    }
    Param(double number) noexcept {
        value_.type = MORTISE_VALUE_REAL;
        value_.as.real = number;
    }
    template <typename T>
    Param(const std::optional<T>& maybe) noexcept {
        if (maybe) *this = Param(*maybe);
    }

    const mortise_value& abi() const noexcept { return value_; }

 private:
    void set_bytes(std::uint32_t type, const char* data, std::size_t size) noexcept {
        value_.type = type;
        value_.as.bytes = {reinterpret_cast<const std::uint8_t*>(data), size};
    }

    mortise_value value_{MORTISE_VALUE_NULL, 0, {0}};
};
static_assert(sizeof(Param) == sizeof(mortise_value) && std::is_standard_layout_v<Param>);

// One row, while it is shown. Views into it die with it. Asking a column for another type than it has throws
// PluginFault; what may be null is asked by the maybe_ functions.
class Row {
 public:
    std::size_t size() const noexcept { return cells_.size(); }
    bool is_null(std::size_t column) const { return cell(column).type == MORTISE_VALUE_NULL; }
    std::int64_t integer(std::size_t column) const {
        return static_cast<std::int64_t>(little_endian(typed(column, MORTISE_VALUE_INT)));
    }
    double real(std::size_t column) const {
        return __builtin_bit_cast(double, little_endian(typed(column, MORTISE_VALUE_REAL)));
    }
    bool boolean(std::size_t column) const { return typed(column, MORTISE_VALUE_BOOL)[0] != '\0'; }
    std::string_view text(std::size_t column) const { return typed(column, MORTISE_VALUE_TEXT); }
    std::string_view bytes(std::size_t column) const { return typed(column, MORTISE_VALUE_BYTES); }
    Uuid uuid(std::size_t column) const {
        const std::string_view data = typed(column, MORTISE_VALUE_UUID);
        Uuid id;
        for (std::size_t i = 0; i < id.bytes.size(); ++i)
            id.bytes[i] = static_cast<std::uint8_t>(data[i]);
        return id;
    }
    std::optional<std::int64_t> maybe_integer(std::size_t column) const {
        return is_null(column) ? std::nullopt : std::optional(integer(column));
    }
    std::optional<std::string> maybe_text(std::size_t column) const {
        return is_null(column) ? std::nullopt : std::optional(std::string(text(column)));
    }
    std::optional<Uuid> maybe_uuid(std::size_t column) const {
        return is_null(column) ? std::nullopt : std::optional(uuid(column));
    }

 private:
    friend class RowReader;
    struct Cell {
        std::uint8_t type = MORTISE_VALUE_NULL;
        std::string_view data;
    };

    const Cell& cell(std::size_t column) const {
        if (column >= cells_.size())
            throw PluginFault("column " + std::to_string(column) + " does not exist");
        return cells_[column];
    }
    std::string_view typed(std::size_t column, std::uint8_t type) const {
        const Cell& found = cell(column);
        if (found.type != type)
            throw PluginFault("column " + std::to_string(column) + " is of type " +
                              std::to_string(found.type) + ", not " + std::to_string(type));
        return found.data;
    }
    static std::uint64_t little_endian(std::string_view data) noexcept {
        std::uint64_t value = 0;
        for (std::size_t i = 8; i-- > 0;)
            value = (value << 8U) | static_cast<unsigned char>(data[i]);
        return value;
    }

    std::vector<Cell> cells_;
};

// Reads a flat batch (see mortise_sql_1.run) row by row. A batch is data of the other side: each step is
// checked against its end, and what does not fit throws HostFault.
class RowReader {
 public:
    explicit RowReader(std::size_t columns) { row_.cells_.resize(columns); }

    // Shows each row of one batch to `show`, which takes a const Row&.
    template <typename Show>
    void read(std::string_view batch, Show&& show) {
        if (row_.cells_.empty()) throw PluginFault("rows came from a query declared to have no columns");
        rest_ = batch;
        while (!rest_.empty()) {
            for (Row::Cell& cell : row_.cells_)
                cell = next_cell();
            show(std::as_const(row_));
        }
    }

 private:
    Row::Cell next_cell() {
        const auto type = static_cast<std::uint8_t>(take(1)[0]);
        switch (type) {
            case MORTISE_VALUE_NULL:
                return {type, {}};
            case MORTISE_VALUE_INT:
            case MORTISE_VALUE_REAL:
                return {type, take(8)};
            case MORTISE_VALUE_BOOL:
                return {type, take(1)};
            case MORTISE_VALUE_UUID:
                return {type, take(16)};
            case MORTISE_VALUE_TEXT:
            case MORTISE_VALUE_BYTES:
                return {type, take(length())};
            default:
                throw HostFault("a row has a column of the unknown type " + std::to_string(type));
        }
    }
    std::size_t length() {
        const std::string_view data = take(4);
        std::size_t value = 0;
        for (std::size_t i = 4; i-- > 0;)
            value = (value << 8U) | static_cast<unsigned char>(data[i]);
        return value;
    }
    std::string_view take(std::size_t size) {
        if (size > rest_.size()) throw HostFault("a batch of rows ends inside a row");
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    Row row_;
    std::string_view rest_;
};

// Runs statements for one call, on the call's thread.
class Sql {
 public:
    Sql(const mortise_sql_1& table, mortise_call call) noexcept : table_(&table), call_(call) {}

    // Runs a statement without rows; answers how many it changed.
    std::int64_t run(const Query& query, std::initializer_list<Param> params) const {
        return execute(query, params, nullptr);
    }

    // Shows each row to `show`, which takes a const Row&. What it throws comes out here.
    template <typename Show>
    void each(const Query& query, std::initializer_list<Param> params, Show&& show) const {
        Receiver<Show> receiver{RowReader(query.columns), show, nullptr};
        const mortise_sink sink{&receiver, &Receiver<Show>::push};
        execute(query, params, &sink, &receiver.failure);
    }

    // Maps the first row, if there is one.
    template <typename Map>
    auto one(const Query& query, std::initializer_list<Param> params, Map&& map) const {
        std::optional<std::invoke_result_t<Map&, const Row&>> result;
        each(query, params, [&](const Row& row) {
            if (!result) result = map(row);
        });
        return result;
    }

    template <typename Map>
    auto all(const Query& query, std::initializer_list<Param> params, Map&& map) const {
        std::vector<std::invoke_result_t<Map&, const Row&>> result;
        each(query, params, [&](const Row& row) { result.push_back(map(row)); });
        return result;
    }

 private:
    template <typename Show>
    struct Receiver {
        RowReader reader;
        std::remove_reference_t<Show>& show;
        std::exception_ptr failure;

        static mortise_status push(void* context, const std::uint8_t* data, std::uint64_t size) noexcept {
            auto& self = *static_cast<Receiver*>(context);
            try {
                self.reader.read({reinterpret_cast<const char*>(data), size}, self.show);
                return MORTISE_OK;
            } catch (...) {
                self.failure = std::current_exception();
                return MORTISE_E_STOPPED;
            }
        }
    };

    std::int64_t execute(const Query& query, std::initializer_list<Param> params, const mortise_sink* sink,
                         const std::exception_ptr* failure = nullptr) const {
        std::int64_t changed = 0;
        const auto* values = reinterpret_cast<const mortise_value*>(params.begin());
        const mortise_status status =
            table_->run(table_, call_, to_abi(query.name), values, params.size(), sink, &changed);
        if (failure != nullptr && *failure) std::rethrow_exception(*failure);
        if (status != MORTISE_OK) check(status, "statement " + std::string(query.name));
        return changed;
    }

    const mortise_sql_1* table_;
    mortise_call call_;
};

}  // namespace mortise::sdk
