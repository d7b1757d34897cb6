#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/any_call.hpp"
#include "mortise/errors.hpp"
#include "mortise/route.hpp"
#include "mortise/services.hpp"
#include "mortise/text.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// Methods of interfaces that other plugins call.
namespace mortise::sdk {

// A call of a method. It shares the unit of work of the plugin that calls, and is for whom and until when
// that plugin's call is. Lives as long as the handler runs, on its thread.
class PeerCall : public AnyCall {
 public:
    PeerCall(const Services& services, mortise_call handle, const mortise_method_call& request) noexcept
        : AnyCall(services, handle, *request.context), request_(request) {}

    // The id of the plugin that calls.
    std::string_view caller() const noexcept { return view(request_.caller); }

    // Reads the whole input: 413 beyond `limit` bytes.
    std::string input(std::size_t limit = MORTISE_PEER_BYTES) const {
        auto data = read_all(request_.input_size, limit);
        if (data) return std::move(*data);
        throw Problem(413, "input_too_large",
                      "The input is larger than " + std::to_string(limit) + " bytes.");
    }

 private:
    const mortise_method_call& request_;
};

// Answers what the caller gets. A Problem that it throws is the caller's to pass on.
using PeerHandler = std::string (*)(PeerCall& call);

// One method, written with designated initialisers. The members are those of mortise_method; interface and
// name stand in the manifest under `provides`.
struct PeerMethod {
    std::string_view interface = {};
    std::string_view name{};
    Access access = Access::kRead;
    PeerHandler handler = nullptr;
};

constexpr mortise_method to_abi(const PeerMethod& method) noexcept {
    return {.size = sizeof(mortise_method),
            .access = static_cast<std::uint32_t>(method.access),
            .interface = to_abi(method.interface),
            .name = to_abi(method.name)};
}

}  // namespace mortise::sdk
