#include "core/telemetry/log.hpp"

#include "core/base/text.hpp"

#include <spdlog/common.h>
#include <spdlog/details/periodic_worker.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <mutex>
#include <string>
#include <vector>

namespace mortise::telemetry {
namespace {

constexpr std::size_t kGather = 65536;
// Below every other level, so that the logger writes all but the access log at once.
constexpr auto kAccess = spdlog::level::trace;

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::kDebug:
            return spdlog::level::debug;
        case Level::kInfo:
            return spdlog::level::info;
        case Level::kWarn:
            return spdlog::level::warn;
        case Level::kError:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

// Gathers lines; writes them when there are many, or when it is told to.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
    explicit DescriptorSink(int descriptor) : descriptor_(descriptor) { gathered_.reserve(kGather + 4096); }

 protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        gathered_.append(message.payload.data(), message.payload.size());
        if (gathered_.size() >= kGather) flush_();
    }

    // A log that can't be written (a full disk, a closed pipe) must not stop the server: what is left is
    // dropped.
    void flush_() override {
        std::string_view left(gathered_);
        while (!left.empty()) {
            const ssize_t written = ::write(descriptor_, left.data(), left.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) break;
            left.remove_prefix(static_cast<std::size_t>(written));
        }
        gathered_.clear();
    }

 private:
    int descriptor_;
    std::string gathered_;
};

void append_text(std::string& line, std::string_view name, std::string_view value) {
    line += ",\"";
    line += name;
    line += "\":\"";
    base::append_json_escaped(line, value);
    line += '"';
}

template <class Number>
void append_number(std::string& line, std::string_view name, Number value) {
    fmt::format_to(std::back_inserter(line), ",\"{}\":{}", name, value);
}

void append_field(std::string& line, const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value))
        append_text(line, field.name, *text);
    else if (const auto* integer = std::get_if<std::int64_t>(&field.value))
        append_number(line, field.name, *integer);
    else if (const auto* real = std::get_if<double>(&field.value))
        append_number(line, field.name, *real);
    else
        append_number(line, field.name, std::get<bool>(field.value));
}

std::string begin_line(const base::Clock& clock, std::string_view level, std::string_view message) {
    std::string line;
    line.reserve(384);
    line += "{\"time\":\"";
    line += base::format_rfc3339(clock.now());
    line += '"';
    append_text(line, "level", level);
    append_text(line, "message", message);
    return line;
}

}  // namespace

std::string_view level_name(Level level) noexcept {
    switch (level) {
        case Level::kDebug:
            return "debug";
        case Level::kInfo:
            return "info";
        case Level::kWarn:
            return "warn";
        case Level::kError:
            return "error";
    }
    return "error";
}

struct Log::Impl {
    Impl(int descriptor, Level least_level, bool with_access, const base::Clock& its_clock)
        : logger("mortise", std::make_shared<DescriptorSink>(descriptor)),
          least(least_level),
          access(with_access),
          clock(its_clock),
          flusher([this] { logger.flush(); }, std::chrono::seconds(1)) {
        logger.set_level(spdlog::level::trace);
        logger.flush_on(spdlog::level::debug);
    }

    spdlog::logger logger;
    Level least;
    bool access;
    const base::Clock& clock;
    spdlog::details::periodic_worker flusher;
};

Log::Log(int descriptor, Level least, bool access, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(descriptor, least, access, clock)) {}

Log::~Log() {
    flush();
}

void Log::write(Level level, std::string_view message, std::span<const Field> fields) {
    if (level < impl_->least) return;
    std::string line = begin_line(impl_->clock, level_name(level), message);
    for (const Field& field : fields)
        append_field(line, field);
    line += "}\n";
    impl_->logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void Log::access(const AccessRecord& record) {
    if (!impl_->access) return;
    std::string line = begin_line(impl_->clock, "info", "request");
    append_text(line, "request_id", record.request_id.to_string());
    if (!record.trace_id.empty()) append_text(line, "trace_id", record.trace_id);
    append_text(line, "method", record.method);
    append_text(line, "path", record.path);
    append_text(line, "route", record.route);
    append_number(line, "status", record.status);
    if (!record.code.empty()) append_text(line, "code", record.code);
    append_number(line, "bytes", record.bytes);
    append_number(line, "duration_us", record.duration_us);
    if (!record.tenant.empty()) append_text(line, "tenant", record.tenant);
    if (!record.principal.empty()) append_text(line, "principal", record.principal);
    append_text(line, "client", record.client);
    line += "}\n";
    impl_->logger.log(kAccess, spdlog::string_view_t(line.data(), line.size()));
}

void Log::flush() {
    impl_->logger.flush();
}

}  // namespace mortise::telemetry
