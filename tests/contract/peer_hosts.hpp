#pragma once

#include "tests/contract/contract_host.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace mortise::contract {

// Where the caller ("contract") runs, and where the plugins that it leads to.
using PeerKinds = std::pair<HostKind, HostKind>;

// A script as one word of another: the input of a step `peer`.
std::string nested(std::string_view script);
// The step that has a plugin run a script.
std::string peer(std::string_view plugin, std::string_view method, std::string_view script,
                 std::string_view mode = "text");

// The plugin "contract" with "peer" beside it, and a licence for all that tests add.
class PeerTest : public testing::TestWithParam<PeerKinds> {
 protected:
    PeerTest();

    void add(std::string_view package, std::size_t workers = 1);
    void hold_licence(std::initializer_list<const char*> plugins);
    // What a script of a call that reads or writes says, or the call's outcome if it is not good.
    std::string read(std::string_view script) { return said(host_.read(script)); }
    std::string write(std::string_view script) { return said(host_.write(script)); }
    // The rows that a plugin has.
    std::string rows(const std::string& plugin);
    static std::string said(const Told& told);

    ContractHost host_{GetParam().first, "one", workers_of(2)};
};

std::string name_of_kinds(const testing::TestParamInfo<PeerKinds>& info);

}  // namespace mortise::contract

#define MORTISE_IN_ALL_HOSTS(Suite)                                                        \
    INSTANTIATE_TEST_SUITE_P(                                                              \
        Hosts, Suite,                                                                      \
        testing::Values(mortise::contract::PeerKinds{mortise::host::HostKind::kInProcess,  \
                                                     mortise::host::HostKind::kInProcess}, \
                        mortise::contract::PeerKinds{mortise::host::HostKind::kInProcess,  \
                                                     mortise::host::HostKind::kWorker},    \
                        mortise::contract::PeerKinds{mortise::host::HostKind::kWorker,     \
                                                     mortise::host::HostKind::kInProcess}, \
                        mortise::contract::PeerKinds{mortise::host::HostKind::kWorker,     \
                                                     mortise::host::HostKind::kWorker}),   \
        mortise::contract::name_of_kinds)
