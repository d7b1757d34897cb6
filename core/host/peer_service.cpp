// mortise.peers/1 on the plugin's side, the same in the host and in a worker.
#include "core/host/peer.hpp"
#include "core/host/service_tables.hpp"

#include <algorithm>

namespace mortise::host {
namespace {

static_assert(kMaxPeerBytes == MORTISE_PEER_BYTES);

mortise_text shown_text(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

void show_problem(const PluginProblem& problem, const mortise_peer_sink& sink) noexcept {
    const mortise_problem shown{sizeof(mortise_problem),    problem.status,
                                shown_text(problem.code),   shown_text(problem.detail),
                                shown_text(problem.errors), shown_text(problem.extensions)};
    sink.refuse(sink.context, &shown);
}

mortise_status show_body(std::string_view body, const mortise_peer_sink& sink) noexcept {
    while (!body.empty()) {
        const std::string_view piece = body.substr(0, MORTISE_BATCH_BYTES);
        const mortise_status sunk =
            sink.push(sink.context, reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size());
        if (sunk != MORTISE_OK) return sunk == MORTISE_E_STOPPED ? MORTISE_OK : sunk;
        body.remove_prefix(piece.size());
    }
    return MORTISE_OK;
}

bool is_sound_sink(const mortise_peer_sink* sink) noexcept {
    return sink != nullptr && sink->size >= sizeof(mortise_peer_sink) && sink->push != nullptr &&
           sink->refuse != nullptr;
}

// A function of its own: what the sink does afterwards is this plugin's time again.
mortise_status ask(const PeerQuestion& question, CallState& state, PeerAnswer& answer) {
    const LendsUnit lent(state);
    return lent.may() ? state.backend.peer(question, state.answer, answer) : MORTISE_E_TIMEOUT;
}

}  // namespace

mortise_status Services::Tables::call_peer(const mortise_peers_1* self, mortise_call call,
                                           mortise_text interface, mortise_text method, mortise_bytes input,
                                           const mortise_peer_sink* sink) noexcept {
    return guarded([&]() -> mortise_status {
        if (self == nullptr || !is_valid(interface) || !is_valid(method) || method.size > kMaxMethodName ||
            !is_sound_sink(sink) || (input.data == nullptr && input.size > 0))
            return MORTISE_E_INVALID;
        Tables& tables = of(self);
        CallState* state = tables.calls.find(call);
        if (state == nullptr || state->in_service) return MORTISE_E_WRONG_CALL;
        if (!tables.manifest.may_call(view(interface))) return MORTISE_E_DENIED;
        if (input.size > MORTISE_PEER_BYTES) return MORTISE_E_TOO_BIG;
        const std::string_view given(reinterpret_cast<const char*>(input.data), input.size);
        PeerAnswer answer;
        const mortise_status status = ask({view(interface), view(method), given}, *state, answer);
        const InService inside(*state);
        if (status == MORTISE_E_REFUSED) show_problem(*answer.problem, *sink);
        return status == MORTISE_OK ? show_body(answer.body, *sink) : status;
    });
}

}  // namespace mortise::host
