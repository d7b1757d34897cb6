// The steps that use mortise.peers/1.
#include "tests/contract/plugin/script.hpp"
#include "tests/contract/plugin/values.hpp"

#include <algorithm>
#include <functional>

namespace contract {
namespace {

// Takes an answer, and does with it what the step's mode says.
struct PeerReceiver {
    std::string mode;
    std::function<void()> nested;
    std::string body;
    std::string problem;
    std::uint64_t pieces = 0;
    int shown = 0;  // problems

    static mortise_status push(void* context, const std::uint8_t* data, std::uint64_t size) noexcept {
        auto& self = *static_cast<PeerReceiver*>(context);
        ++self.pieces;
        if (size > MORTISE_BATCH_BYTES) self.problem += " large piece";
        self.body.append(reinterpret_cast<const char*>(data), size);
        if (self.nested && self.pieces == 1) self.nested();
        if (self.mode == "stop") return MORTISE_E_STOPPED;
        if (self.mode == "fail") return MORTISE_E_TOO_BIG;
        return MORTISE_OK;
    }
    static void refuse(void* context, const mortise_problem* shown) noexcept {
        auto& self = *static_cast<PeerReceiver*>(context);
        ++self.shown;
        self.problem += std::to_string(shown->status);
        for (const mortise_text text : {shown->code, shown->errors, shown->extensions})
            if (text.size > 0) self.problem.append(" ").append(view_of(text));
        if (shown->size != sizeof(mortise_problem) || shown->detail.size == 0) self.problem += " odd";
        if (self.nested) self.nested();
    }

    std::string told() {
        if (mode == "hash")
            return std::to_string(body.size()) + "#" + std::to_string(hash_of(body) % 1000000);
        if (mode == "stop" || mode == "fail") return std::to_string(pieces);
        if (body.ends_with('\n')) body.pop_back();
        std::replace(body.begin(), body.end(), '\n', ';');
        return body + problem;
    }
};

}  // namespace

// peer INTERFACE METHOD MODE SCRIPT, and what it is with something wrong; of peer-wide the script is so many
// empty lines.
void Script::peer_step(const Words& words, mortise_call call, const mortise_peers_1* self) {
    const mortise_peers_1* peers = kept_.tables.peers;
    const std::string& name = words.front();
    PeerReceiver receiver;
    receiver.mode = word(words, 3);
    if (receiver.mode == "nest")
        receiver.nested = [&] {
            for (const char* step :
                 {"sql count 1 rows", "settings", "drain 10", "license sso", "flag feature boolean",
                  "peer third.scripts/1 read", "log 1 nested", "now"})
                run_line(step);
        };
    mortise_peer_sink sink{sizeof(mortise_peer_sink), 0, &receiver, &PeerReceiver::push,
                           &PeerReceiver::refuse};
    if (name == "peer-small-sink") sink.size = sizeof(mortise_peer_sink) - 1;
    if (name == "peer-larger-sink") sink.size = sizeof(mortise_peer_sink) + 64;
    if (name == "peer-no-push") sink.push = nullptr;
    if (name == "peer-no-refuse") sink.refuse = nullptr;
    const std::string input = name == "peer-wide" ? std::string(number(words, 4), '\n') : word(words, 4);
    const mortise_bytes given{
        name == "peer-no-input" ? nullptr : reinterpret_cast<const std::uint8_t*>(input.data()),
        name == "peer-no-input" ? 3 : input.size()};
    const mortise_text interface =
        name == "peer-no-text" ? mortise_text{nullptr, 3} : text_of(word(words, 1));
    const std::string method = name == "peer-wide-method" ? std::string(65, 'm') : word(words, 2);
    const mortise_status status =
        peers->call(self, call, interface, text_of(method), given, name == "peer-no-sink" ? nullptr : &sink);
    std::string told = receiver.told();
    if (receiver.shown != (status == MORTISE_E_REFUSED ? 1 : 0)) told += " shown?";
    if (status != MORTISE_OK && receiver.mode != "fail" && receiver.pieces > 0) told += " pieces?";
    tell(words, status, told);
}

}  // namespace contract
