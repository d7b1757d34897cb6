#include "core/http/message.hpp"

#include "core/base/text.hpp"
#include "core/http/connection.hpp"
#include "core/http/inbox.hpp"
#include "core/http/problem.hpp"

namespace mortise::http {

std::string_view to_string(Method method) noexcept {
    switch (method) {
        case Method::kGet:
            return "GET";
        case Method::kHead:
            return "HEAD";
        case Method::kPost:
            return "POST";
        case Method::kPut:
            return "PUT";
        case Method::kPatch:
            return "PATCH";
        case Method::kDelete:
            return "DELETE";
        case Method::kOptions:
            return "OPTIONS";
    }
    return {};
}

std::optional<std::string_view> RequestHead::header(std::string_view name) const noexcept {
    for (const Field& field : fields)
        if (field.name.size() == name.size() && base::iequals(field.name, name)) return field.value;
    return std::nullopt;
}

Responder::~Responder() {
    if (!inbox_) return;
    // Out of memory here is the one case where the client waits for its own time-out.
    try {
        send(internal_problem(request_id_));
    } catch (...) {
    }
}

void Responder::send(Response&& response) {
    const auto inbox = std::move(inbox_);
    if (!inbox) return;
    // The common case: the handler answers before it returns. Any other answer goes through the queue, also
    // on this very thread, since only the worker may touch a connection.
    if (inbox->on_owner_thread()) {
        if (const auto connection = connection_.lock(); connection && connection->dispatching()) {
            connection->answer(std::move(response));
            return;
        }
    }
    inbox->push({connection_, std::move(response)});
}

}  // namespace mortise::http
