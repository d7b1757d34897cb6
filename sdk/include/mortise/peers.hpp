#pragma once

#include "mortise/abi/services.h"
#include "mortise/errors.hpp"
#include "mortise/text.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mortise::sdk {

// What another plugin answered instead of a result, or the host in its place (services.h has the codes). Left
// alone it is what the caller's own client gets.
class PeerProblem : public Problem {
 public:
    explicit PeerProblem(Problem problem) : Problem(std::move(problem)) {}
};

// Calls methods of other plugins, in this call's unit of work.
class Peers {
 public:
    Peers(const mortise_peers_1& table, mortise_call call) noexcept : table_(&table), call_(call) {}

    // Runs a method ("rules.decisions/1", "evaluate") and gives what it answers; both are whatever the
    // interface says, mostly JSON. Throws PeerProblem where it was refused. After a method that has written
    // and then failed, the unit of work can only roll back.
    std::string call(std::string_view interface, std::string_view method, std::string_view input) const {
        Answer answer;
        const mortise_peer_sink sink{sizeof(mortise_peer_sink), 0, &answer, &Answer::push, &Answer::refuse};
        const mortise_bytes given{reinterpret_cast<const std::uint8_t*>(input.data()), input.size()};
        const mortise_status status =
            table_->call(table_, call_, to_abi(interface), to_abi(method), given, &sink);
        if (answer.failed) std::rethrow_exception(answer.failed);
        if (status == MORTISE_E_REFUSED) {
            if (!answer.problem) throw HostFault("a call was refused without a problem");
            throw PeerProblem(std::move(*answer.problem));
        }
        check(status, "calling another plugin");
        return std::move(answer.body);
    }

 private:
    struct Answer {
        std::string body;
        std::optional<Problem> problem;
        std::exception_ptr failed;  // what could not be kept

        static mortise_status push(void* context, const std::uint8_t* data, std::uint64_t size) noexcept {
            auto& self = *static_cast<Answer*>(context);
            try {
                self.body.append(reinterpret_cast<const char*>(data), size);
                return MORTISE_OK;
            } catch (...) {
                self.failed = std::current_exception();
                return MORTISE_E_STOPPED;
            }
        }
        static void refuse(void* context, const mortise_problem* problem) noexcept {
            auto& self = *static_cast<Answer*>(context);
            try {
                if (problem == nullptr || problem->size < sizeof(mortise_problem))
                    throw HostFault("a problem is too short");
                self.problem = Problem(problem->status, std::string(view(problem->code)),
                                       std::string(view(problem->detail)))
                                   .with_errors_json(std::string(view(problem->errors)))
                                   .with_extensions(std::string(view(problem->extensions)));
            } catch (...) {
                self.failed = std::current_exception();
            }
        }
    };

    const mortise_peers_1* table_;
    mortise_call call_;
};

}  // namespace mortise::sdk
