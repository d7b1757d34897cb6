#pragma once

#include "core/base/result.hpp"
#include "core/config/settings.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace mortise::app {

struct StartOptions {
    config::Settings settings;
    std::filesystem::path data;          // made if it is not there
    std::filesystem::path program;       // the running binary; plugins are found beside it
    std::string administrator_email;     // of the first administrator; empty: admin@example.com
    std::string administrator_password;  // empty: one is made and written to <data>/admin-password
};

// The server, put together: the one place that knows every room. Members are made in the order of the house
// and ended in the reverse.
class Application {
 public:
    // Opens the data, migrates it, loads the plugins and begins to serve. Errors name what to do.
    static base::Result<std::unique_ptr<Application>> start(StartOptions options);
    ~Application();

    // Where it listens.
    std::string address() const;

    // Reads again what can be changed while serving: the TLS certificate.
    void reload();

    // Takes no new connections, lets what is in flight finish within the drain timeout, and ends. False if a
    // handler is still at work: destruction would wait for it, however long it takes.
    bool stop();

 private:
    struct Parts;
    explicit Application(std::unique_ptr<Parts> parts);
    static base::Result<std::unique_ptr<Application>> assemble(StartOptions options);
    std::unique_ptr<Parts> parts_;
};

}  // namespace mortise::app
