#pragma once

#include "mortise/abi/plugin.h"
#include "tests/support/plugin_host/answer.hpp"
#include "tests/support/plugin_host/tenant_database.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::test {

// What a run of the plugin may do to the database.
enum class Access {
    kRead,       // a statement that writes is denied
    kReadFirst,  // one is answered MORTISE_E_BUSY, and the call runs again
    kWrite
};

// One run of the plugin: what it is given, and what it has done so far.
struct Run {
    Access access = Access::kRead;
    std::string_view body;  // what is not read yet
    Answer answer;
    std::vector<std::string> events;  // "<type> <subject>"
    int statements = 0;
    bool was_refused_to_write = false;

    // Whether it can only be made again, where it may write. As the server decides it: a write that was
    // refused counts whatever the plugin says of it, an event only where it would be kept.
    bool needs_writer() const noexcept {
        if (access != Access::kReadFirst) return false;
        return was_refused_to_write || (answer.is_good() && !events.empty());
    }
};

// The host's side of the ABI: http, log, clock, ids, settings, sql and events, for one plugin. Log lines go
// to stderr. The call's handle is not looked at.
class HostServices {
 public:
    // Refers to all three, and reads the time and the settings whenever the plugin asks for them.
    HostServices(TenantDatabase& database, const std::int64_t& now, const std::string& settings);
    ~HostServices();

    const mortise_host& host() const noexcept;

    // The run that the plugin's next calls of services belong to.
    Run run;

 private:
    struct Tables;

    TenantDatabase& database_;
    const std::int64_t& now_;
    const std::string& settings_;
    std::unique_ptr<Tables> tables_;
};

}  // namespace mortise::test
