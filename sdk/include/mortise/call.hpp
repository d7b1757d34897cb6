#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/errors.hpp"
#include "mortise/flags.hpp"
#include "mortise/services.hpp"
#include "mortise/sql.hpp"
#include "mortise/text.hpp"
#include "mortise/uuid.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// One call, as a handler sees it: the request, the services in its unit of work, and the answer.
namespace mortise::sdk {

// Takes the pieces of an answer's body. Throws what the host answers.
class BodyWriter {
 public:
    BodyWriter(const mortise_http_1& http, mortise_call call) noexcept : http_(&http), call_(call) {}

    // Writes in pieces of at most MORTISE_BATCH_BYTES.
    void write(std::string_view data) const {
        while (!data.empty()) {
            const std::string_view piece = data.substr(0, MORTISE_BATCH_BYTES);
            check(
                http_->write(http_, call_, reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()),
                "writing the answer");
            data.remove_prefix(piece.size());
        }
    }

 private:
    const mortise_http_1* http_;
    mortise_call call_;
};

// An answer. Either the whole body, or `stream`, which writes it piece by piece.
struct Response {
    using Headers = std::vector<std::pair<std::string, std::string>>;

    std::uint32_t status = 200;
    Headers headers;
    std::string body;
    std::function<void(const BodyWriter&)> stream;

    static Response json(std::string body, std::uint32_t status = 200) {
        return {status, {{"content-type", "application/json"}}, std::move(body), {}};
    }
    static Response empty(std::uint32_t status = 204) { return {status, {}, {}, {}}; }
    Response&& with_header(std::string name, std::string value) && {
        headers.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
};

// What the installed licence allows in the call's tenant, as of the call's beginning.
class Licence {
 public:
    struct Limit {
        std::uint64_t most = 0;
        bool soft = false;  // what goes beyond is counted and not refused
    };

    Licence(const mortise_license_1& table, mortise_call call) noexcept : table_(&table), call_(call) {}

    // Whether it includes a feature.
    bool entitled(std::string_view feature) const {
        std::uint32_t yes = 0;
        check(table_->entitled(table_, call_, to_abi(feature), &yes), "asking for a feature");
        return yes != 0;
    }
    // Refuses the call with 403 `license_required` where the feature is missing.
    void require(std::string_view feature) const {
        if (!entitled(feature))
            throw Problem(403, "license_required",
                          "The installed licence does not include the feature " + std::string(feature) + ".");
    }
    // nullopt: nothing limits it.
    std::optional<Limit> limit(std::string_view name) const {
        mortise_limit limit{sizeof(mortise_limit), 0, 0};
        const mortise_status status = table_->limit(table_, call_, to_abi(name), &limit);
        if (status == MORTISE_E_NOT_FOUND) return std::nullopt;
        check(status, "asking for a limit");
        return Limit{limit.most, limit.soft != 0};
    }
    // Counts on a meter of the manifest's. Throws LimitReached if the licence allows no more.
    void count(std::string_view meter, std::uint64_t amount = 1) const {
        check(table_->count(table_, call_, to_abi(meter), amount), "counting");
    }

 private:
    const mortise_license_1* table_;
    mortise_call call_;
};

// Lives as long as the handler runs, on its thread.
class Call {
 public:
    Call(const Services& services, mortise_call handle, const mortise_request& request) noexcept
        : services_(services), handle_(handle), request_(request) {}

    // What was decided before the call. Views live as long as the call.
    const mortise_context& context() const noexcept { return *request_.context; }
    Uuid tenant() const noexcept { return Uuid::from_abi(context().tenant); }
    Uuid principal() const noexcept { return Uuid::from_abi(context().principal); }

    // The value of {name} in the route's pattern, percent-decoded.
    std::string_view path(std::string_view name) const {
        const auto found = find(request_.path, request_.path_count, name);
        if (!found) throw PluginFault("the pattern has no parameter " + std::string(name));
        return *found;
    }

    // A header by its name in lower case: the first of that name.
    std::optional<std::string_view> header(std::string_view name) const {
        return find(request_.headers, request_.header_count, name);
    }

    // A query parameter that may be given once: 400 if it is there twice.
    std::optional<std::string_view> query(std::string_view name) const {
        const std::vector<std::string_view> all = queries(name);
        if (all.size() > 1)
            throw Problem(400, "repeated_parameter", "Give the parameter " + std::string(name) + " once.");
        return all.empty() ? std::nullopt : std::optional(all.front());
    }

    // All values of a query parameter that may repeat.
    std::vector<std::string_view> queries(std::string_view name) const {
        std::vector<std::string_view> values;
        for (const mortise_pair& pair : std::span(request_.query, request_.query_count))
            if (view(pair.name) == name) values.push_back(view(pair.value));
        return values;
    }

    // Refuses query parameters that a route does not know, so that a misspelt filter is not taken for none.
    void allow_query(std::initializer_list<std::string_view> names) const {
        for (const mortise_pair& pair : std::span(request_.query, request_.query_count)) {
            if (std::ranges::find(names, view(pair.name)) != names.end()) continue;
            std::string list;
            for (const std::string_view name : names)
                list.append(list.empty() ? "" : ", ").append(name);
            throw Problem(400, "unknown_parameter",
                          list.empty() ? "This route takes no query parameters."
                                       : "A query parameter is unknown. Allowed are: " + list + ".");
        }
    }

    // Reads the whole body: 413 beyond `limit` bytes.
    std::string body(std::size_t limit) const {
        const mortise_http_1& http = services_.http();
        std::string data;
        std::size_t size = 0;
        while (true) {
            if (size > limit)
                throw Problem(413, "body_too_large",
                              "The body is larger than " + std::to_string(limit) + " bytes.");
            const std::size_t known = std::min(static_cast<std::size_t>(request_.body_size), limit) + 1;
            data.resize(std::max(known, size + kPiece));
            std::uint64_t read = 0;
            const std::size_t capacity = data.size() - size;
            check(http.read_body(&http, handle_, reinterpret_cast<std::uint8_t*>(data.data() + size),
                                 capacity, &read),
                  "reading the body");
            if (read > capacity) throw HostFault("read_body answered more than fits");
            if (read == 0) break;
            size += read;
        }
        data.resize(size);
        return data;
    }

    Sql sql() const { return {services_.sql(), handle_}; }
    Log log() const noexcept { return {services_.log(), handle_}; }

    // Microseconds since 1970 in UTC.
    std::int64_t now() const {
        const mortise_clock_1& clock = services_.clock();
        return clock.now(&clock);
    }

    // A new UUID of version 7.
    Uuid new_id() const {
        const mortise_ids_1& ids = services_.ids();
        return Uuid::from_abi(ids.uuid7(&ids));
    }

    // The plugin's settings for the tenant: a JSON object that fits the manifest's schema.
    std::string settings() const {
        const mortise_settings_1& table = services_.settings();
        std::string json;
        const mortise_sink sink{&json, &append};
        check(table.get(&table, handle_, &sink), "reading the settings");
        return json;
    }

    // Publishes an event if, and only if, the unit of work is committed. `type` is "<thing>.<past tense>" and
    // listed in the manifest, `data` a JSON object.
    void publish(std::string_view type, std::string_view subject, std::string_view data) const {
        const mortise_events_1& table = services_.events();
        const mortise_event event{sizeof(mortise_event), 0, to_abi(type), to_abi(subject), to_abi(data)};
        check(table.publish(&table, handle_, &event), "publishing an event");
    }

    // What the licence allows; the manifest asks for mortise.license/1.
    Licence licence() const { return {services_.license(), handle_}; }

    // Feature flags; the manifest asks for mortise.flags/1 and lists their keys.
    Flags flags() const { return {services_.flags(), handle_}; }

 private:
    static constexpr std::size_t kPiece = 4096;

    static std::optional<std::string_view> find(const mortise_pair* pairs, std::uint64_t count,
                                                std::string_view name) noexcept {
        for (const mortise_pair& pair : std::span(pairs, count))
            if (view(pair.name) == name) return view(pair.value);
        return std::nullopt;
    }

    static mortise_status append(void* context, const std::uint8_t* data, std::uint64_t size) noexcept {
        try {
            static_cast<std::string*>(context)->append(reinterpret_cast<const char*>(data), size);
            return MORTISE_OK;
        } catch (...) {
            return MORTISE_E_TOO_BIG;
        }
    }

    const Services& services_;
    mortise_call handle_;
    const mortise_request& request_;
};

}  // namespace mortise::sdk
