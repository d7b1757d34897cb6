// mortise.http/1: the body of the request or the input of a method, and the answer.
#include "core/host/peer.hpp"
#include "core/host/service_tables.hpp"

#include <span>
#include <utility>

namespace mortise::host {

mortise_status Services::Tables::read_body(const mortise_http_1* self, mortise_call call,
                                           std::uint8_t* buffer, std::uint64_t capacity,
                                           std::uint64_t* read) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || read == nullptr || (buffer == nullptr && capacity > 0))
            return MORTISE_E_INVALID;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        return state->backend.read_body(buffer, capacity, *read);
    });
}

mortise_status Services::Tables::respond(const mortise_http_1* self, mortise_call call, std::uint32_t status,
                                         const mortise_pair* headers, std::uint64_t count) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || status < 200 || status > 599 || (headers == nullptr && count > 0))
            return MORTISE_E_INVALID;
        if (count > kMaxResponseHeaders) return MORTISE_E_TOO_BIG;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || state->answer.responded) return MORTISE_E_WRONG_CALL;
        if (state->of_method && (status > 299 || count > 0)) return MORTISE_E_INVALID;
        Pairs pairs;
        std::size_t bytes = 0;
        for (const mortise_pair& header : std::span(headers, count)) {
            if (!is_valid(header.name) || !is_valid(header.value) || !is_allowed_header(view(header.name)))
                return MORTISE_E_INVALID;
            bytes += header.name.size + header.value.size;
            if (bytes > kMaxResponseHeaderBytes) return MORTISE_E_TOO_BIG;
            pairs.emplace_back(view(header.name), view(header.value));
        }
        state->answer.response.status = status;
        state->answer.response.headers = std::move(pairs);
        state->answer.responded = true;
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::write(const mortise_http_1* self, mortise_call call,
                                       const std::uint8_t* data, std::uint64_t size) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || (data == nullptr && size > 0)) return MORTISE_E_INVALID;
        if (size > MORTISE_BATCH_BYTES) return MORTISE_E_TOO_BIG;
        CallState* state = of(self).calls.find(call);
        if (state == nullptr || !state->answer.responded || state->answer.response.problem)
            return MORTISE_E_WRONG_CALL;
        std::string& body = state->answer.response.body;
        if (body.size() + size > (state->of_method ? kMaxPeerBytes : kMaxResponseBytes))
            return MORTISE_E_TOO_BIG;
        body.append(reinterpret_cast<const char*>(data), size);
        return MORTISE_OK;
    });
}

mortise_status Services::Tables::fail(const mortise_http_1* self, mortise_call call,
                                      const mortise_problem* problem) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || problem == nullptr || problem->size < sizeof(mortise_problem))
            return MORTISE_E_INVALID;
        std::size_t bytes = 0;
        for (const mortise_text text :
             {problem->code, problem->detail, problem->errors, problem->extensions}) {
            if (!is_valid(text)) return MORTISE_E_INVALID;
            if (text.size > kMaxProblemBytes - bytes) return MORTISE_E_TOO_BIG;
            bytes += text.size;
        }
        CallState* state = of(self).calls.find(call);
        if (state == nullptr) return MORTISE_E_WRONG_CALL;
        PluginProblem copy{problem->status, std::string(view(problem->code)),
                           std::string(view(problem->detail)), std::string(view(problem->errors)),
                           std::string(view(problem->extensions))};
        if (!is_sound_problem(copy)) return MORTISE_E_INVALID;
        state->answer.response = {.problem = std::move(copy)};
        state->answer.responded = true;
        return MORTISE_OK;
    });
}

}  // namespace mortise::host
