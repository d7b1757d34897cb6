#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/any_call.hpp"
#include "mortise/errors.hpp"
#include "mortise/services.hpp"
#include "mortise/text.hpp"

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

// One call of a route, as a handler sees it: the request, beside what any call has, and the answer.
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

// A call of a route. Lives as long as the handler runs, on its thread.
class Call : public AnyCall {
 public:
    Call(const Services& services, mortise_call handle, const mortise_request& request) noexcept
        : AnyCall(services, handle, *request.context), request_(request) {}

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
        auto data = read_all(request_.body_size, limit);
        if (data) return std::move(*data);
        throw Problem(413, "body_too_large", "The body is larger than " + std::to_string(limit) + " bytes.");
    }

 private:
    static std::optional<std::string_view> find(const mortise_pair* pairs, std::uint64_t count,
                                                std::string_view name) noexcept {
        for (const mortise_pair& pair : std::span(pairs, count))
            if (view(pair.name) == name) return view(pair.value);
        return std::nullopt;
    }

    const mortise_request& request_;
};

}  // namespace mortise::sdk
