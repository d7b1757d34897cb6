#include "tests/contract/plugin/script.hpp"

#include "tests/contract/plugin/values.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

namespace contract {
namespace {

constexpr std::array<std::pair<std::string_view, mortise_status>, 16> kNames = {{
    {"OK", MORTISE_OK},
    {"INVALID", MORTISE_E_INVALID},
    {"NOT_FOUND", MORTISE_E_NOT_FOUND},
    {"DENIED", MORTISE_E_DENIED},
    {"UNIQUE", MORTISE_E_UNIQUE},
    {"FOREIGN_KEY", MORTISE_E_FOREIGN_KEY},
    {"CHECK", MORTISE_E_CHECK},
    {"BUSY", MORTISE_E_BUSY},
    {"TIMEOUT", MORTISE_E_TIMEOUT},
    {"TOO_BIG", MORTISE_E_TOO_BIG},
    {"UNAVAILABLE", MORTISE_E_UNAVAILABLE},
    {"WRONG_CALL", MORTISE_E_WRONG_CALL},
    {"STOPPED", MORTISE_E_STOPPED},
    {"INTERNAL", MORTISE_E_INTERNAL},
    {"LIMIT", MORTISE_E_LIMIT},
    {"REFUSED", MORTISE_E_REFUSED},
}};

std::string spelled(std::string_view word) {
    std::string out;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] != '%' || i + 1 >= word.size()) {
            out += word[i];
        } else if (word[i + 1] == '%') {
            out += '%', ++i;
        } else {
            out += from_hex(word.substr(i + 1, 2)), i += 2;
        }
    }
    return out;
}

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        if (end > 0) words.push_back(spelled(line.substr(0, end)));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

void append_pairs(std::string& out, std::string_view name, const mortise_pair* pairs, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
        if (view_of(pairs[i].name) != "do")
            out.append(" ")
                .append(name)
                .append(".")
                .append(view_of(pairs[i].name))
                .append("=")
                .append(view_of(pairs[i].value));
}

std::string hex_of(const mortise_uuid& id) {
    return to_hex({reinterpret_cast<const char*>(id.bytes), sizeof(id.bytes)});
}

}  // namespace

mortise_text text_of(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

std::string_view view_of(mortise_text text) noexcept {
    return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

std::string name_of(mortise_status status) {
    for (const auto& [name, known] : kNames)
        if (known == status) return std::string(name);
    return std::to_string(status);
}

mortise_status Script::run(std::string_view script) {
    while (!script.empty()) {
        const auto end = std::min(script.find('\n'), script.size());
        run_line(script.substr(0, end));
        script.remove_prefix(std::min(end + 1, script.size()));
    }
    {
        const std::lock_guard lock(kept_.mutex);
        kept_.transcript = transcript_;
    }
    if (answered_) return returns_;
    const mortise_http_1* http = kept_.tables.http;
    mortise_status status = http->respond(http, call_, 200, nullptr, 0);
    for (std::string_view rest = transcript_; !rest.empty() && status == MORTISE_OK;) {
        const auto piece = rest.substr(0, MORTISE_BATCH_BYTES);
        status = http->write(http, call_, reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size());
        rest.remove_prefix(piece.size());
    }
    return status;
}

void Script::run_line(std::string_view line) {
    Words words = words_of(line);
    mortise_call call = call_;
    bool null_table = false;
    bool on_a_thread = false;
    while (!words.empty() && words.front().starts_with('@')) {
        if (words.front() == "@zero") call = 0;
        if (words.front() == "@other") call ^= mortise_call{1} << 40U;
        if (words.front() == "@stale") call = kept_.handle;
        if (words.front() == "@null") null_table = true;
        if (words.front() == "@thread") on_a_thread = true;
        words.erase(words.begin());
    }
    if (words.empty()) return;
    if (on_a_thread)
        std::thread([&] { run_step(words, call, null_table); }).join();
    else
        run_step(words, call, null_table);
}

void Script::tell(std::string line) {
    const std::lock_guard lock(mutex_);
    transcript_ += std::move(line) + "\n";
}

void Script::tell(const Words& words, mortise_status status, std::string_view more) {
    std::string line = words.front() + " " + name_of(status);
    if (!more.empty()) line.append(" ").append(more);
    tell(std::move(line));
}

// The first part of a step's name is the service that it uses.
void Script::run_step(const Words& words, mortise_call call, bool null_table) {
    const std::string& name = words.front();
    if (name == "return") {
        returns_ = static_cast<mortise_status>(std::strtol(word(words, 1).c_str(), nullptr, 10));
        answered_ = true;
    } else if (name == "keep") {
        kept_.handle = call;
    } else if (name == "abort") {
        std::abort();
    } else if (name == "sleep") {
        std::this_thread::sleep_for(std::chrono::milliseconds(number(words, 1)));
    } else if (name == "leave") {
        leave_behind(words, call);
    } else if (name == "last" || name == "late") {
        const std::lock_guard lock(kept_.mutex);
        tell(name + ":\n" + (name == "last" ? kept_.transcript : kept_.late));
    } else if (name == "request") {
        tell(about_request());
    } else if (name == "caller") {
        tell(name + " " + std::string(caller_));
    } else {
        service_step(words, call, null_table);
    }
}

void Script::service_step(const Words& words, mortise_call call, bool null_table) {
    const std::string& name = words.front();
    const Tables& tables = kept_.tables;
    if (name == "service") {
        const bool found = tables.host->service(tables.host, text_of(word(words, 1))) != nullptr;
        return tell(name + " " + word(words, 1) + (found ? " yes" : " no"));
    }
    if (name.starts_with("fail")) return fail_step(words, call, null_table ? nullptr : tables.http);
    if (name.starts_with("settings"))
        return settings_step(words, call, null_table ? nullptr : tables.settings);
    if (name.starts_with("sql")) return sql_step(words, call, null_table ? nullptr : tables.sql);
    if (name.starts_with("event")) return event_step(words, call, null_table ? nullptr : tables.events);
    if (name.starts_with("license")) return license_step(words, call, null_table ? nullptr : tables.license);
    if (name.starts_with("flag")) return flag_step(words, call, null_table ? nullptr : tables.flags);
    if (name.starts_with("peer")) return peer_step(words, call, null_table ? nullptr : tables.peers);
    if (name.starts_with("log")) return log_step(words, call, null_table ? nullptr : tables.log);
    if (name == "now" || name == "uuid") return time_step(words);
    http_step(words, call, null_table ? nullptr : tables.http);
}

std::string Script::about_request() const {
    const mortise_context& context = *request_.context;
    std::string line = "request route=" + std::to_string(request_.route);
    const auto add = [&](std::string_view name, std::string_view value) {
        line.append(" ").append(name).append("=").append(value);
    };
    add("sizes", request_.size == sizeof(mortise_request) && context.size == sizeof(mortise_context)
                     ? "right"
                     : "wrong");
    add("kind", std::to_string(context.principal_kind));
    add("request", hex_of(context.request_id));
    add("tenant", hex_of(context.tenant));
    add("principal", hex_of(context.principal));
    add("actor", hex_of(context.actor));
    add("slug", view_of(context.tenant_slug));
    add("plan", view_of(context.plan));
    add("scopes", view_of(context.scopes));
    add("locale", view_of(context.locale));
    add("zone", view_of(context.time_zone));
    add("client", view_of(context.client_address));
    add("environment", view_of(context.environment));
    add("trace", view_of(context.traceparent));
    add("correlation", hex_of(context.correlation));
    add("cause", hex_of(context.cause));
    add("deadline_s", std::to_string((context.deadline_us + 500000) / 1000000));
    add("generation", std::to_string(context.generation));
    append_pairs(line, "path", request_.path, request_.path_count);
    append_pairs(line, "query", request_.query, request_.query_count);
    append_pairs(line, "header", request_.headers, request_.header_count);
    add("body", std::to_string(request_.body_size));
    return line;
}

void Script::leave_behind(const Words& words, mortise_call call) {
    Kept& kept = kept_;
    ++kept.threads;
    std::thread([&kept, words, call] {
        std::this_thread::sleep_for(std::chrono::milliseconds(number(words, 1)));
        const mortise_request none{};
        Script script(kept, call, none);
        script.service_step(Words(words.begin() + 2, words.end()), call, false);
        {
            const std::lock_guard lock(kept.mutex);
            kept.late += script.transcript_;
        }
        --kept.threads;  // last: from here on stop() may end what the lock stands in
    }).detach();
}

void Script::time_step(const Words& words) {
    const mortise_clock_1* clock = kept_.tables.clock;
    const mortise_ids_1* ids = kept_.tables.ids;
    if (words.front() == "now") {
        const std::int64_t first = clock->now(clock), second = clock->now(clock);
        // Some time of this century, and not going back.
        return tell(first > 1'500'000'000'000'000 && second >= first ? "now right" : "now wrong");
    }
    const mortise_uuid first = ids->uuid7(ids), second = ids->uuid7(ids);
    const bool version = (first.bytes[6] >> 4U) == 7 && (first.bytes[8] >> 6U) == 2;
    tell(version && hex_of(first) < hex_of(second) ? "uuid right" : "uuid wrong");
}

}  // namespace contract
