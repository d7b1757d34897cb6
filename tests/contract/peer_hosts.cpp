#include "tests/contract/peer_hosts.hpp"

namespace mortise::contract {

std::string nested(std::string_view script) {
    std::string word;
    for (const char c : script) {
        if (c == '%')
            word += "%%";
        else if (c == ' ')
            word += "%20";
        else if (c == '\n')
            word += "%0a";
        else
            word += c;
    }
    return word;
}

std::string peer(std::string_view plugin, std::string_view method, std::string_view script,
                 std::string_view mode) {
    std::string step = "peer ";
    step.append(plugin).append(".scripts/1 ").append(method).append(" ").append(mode).append(" ");
    return step + nested(script);
}

PeerTest::PeerTest() {
    add("peer");
    hold_licence({"contract", "peer", "third", "fourth", "fifth", "sixth"});
}

void PeerTest::add(std::string_view package, std::size_t workers) {
    host_.add(GetParam().second, package, workers_of(workers));
}

void PeerTest::hold_licence(std::initializer_list<const char*> plugins) {
    licenses::Limit things(10);
    things.kind = licenses::LimitKind::kMeter;
    decltype(licenses::Licence::limits) limits;
    decltype(licenses::Licence::plugins) held;
    for (const char* id : plugins) {
        held[id] = {};
        limits.emplace(std::string(id) + ".things", things);
    }
    host_.licence().hold({"sso"}, std::move(limits), std::move(held));
}

std::string PeerTest::rows(const std::string& plugin) {
    Told told;
    do  // a worker may be being started again
        told = host_.call(host_.plugin(plugin), host_.reading("sql all 4 rows"));
    while (told.outcome == "!plugin_unavailable");
    return said(told);
}

std::string PeerTest::said(const Told& told) {
    return told.outcome == "ok" ? std::string(told.body()) : told.outcome;
}

std::string name_of_kinds(const testing::TestParamInfo<PeerKinds>& info) {
    const auto name = [](HostKind kind) { return kind == HostKind::kWorker ? "Worker" : "InProcess"; };
    return std::string(name(info.param.first)) + "Calls" + name(info.param.second);
}

}  // namespace mortise::contract
