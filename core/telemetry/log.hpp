#pragma once

#include "core/base/clock.hpp"
#include "core/base/uuid.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

namespace mortise::telemetry {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };

std::string_view level_name(Level level) noexcept;

// A named value of a log line. Views are read before write() returns.
struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;
};

// What the access log keeps of a request. Never a query string, a header or a body: they can hold secrets.
struct AccessRecord {
    base::Uuid request_id;
    std::string_view trace_id;  // hex, or empty
    std::string_view method;
    std::string_view path;
    std::string_view route;  // the operation's id; empty if none matched
    std::uint32_t status = 0;
    std::string_view code;  // of the problem, if it was one
    std::uint64_t bytes = 0;
    std::int64_t duration_us = 0;
    std::string_view tenant;
    std::string_view principal;
    std::string_view client;
};

// Writes JSON lines to a descriptor, one object a line. Thread-safe. Lines of the access log are gathered and
// written at least each second and at destruction; every other line is written at once.
class Log {
 public:
    // `descriptor` stays the caller's and must outlive the log.
    Log(int descriptor, Level least, bool access, const base::Clock& clock);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void write(Level level, std::string_view message, std::span<const Field> fields);
    void write(Level level, std::string_view message, std::initializer_list<Field> fields = {}) {
        write(level, message, std::span<const Field>(fields.begin(), fields.size()));
    }
    void info(std::string_view message, std::initializer_list<Field> fields = {}) {
        write(Level::kInfo, message, fields);
    }
    void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
        write(Level::kWarn, message, fields);
    }
    void error(std::string_view message, std::initializer_list<Field> fields = {}) {
        write(Level::kError, message, fields);
    }

    void access(const AccessRecord& record);
    void flush();

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mortise::telemetry
