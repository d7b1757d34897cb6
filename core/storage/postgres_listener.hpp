#pragma once

#include "core/storage/database.hpp"

#include <functional>
#include <string>
#include <thread>

namespace mortise::storage {

// Hears on a connection and a thread of its own what other nodes tell. Behind a pooler that gives a
// connection away after each transaction it hears nothing, and does no harm.
class PostgresListener final : public ChangeListener {
 public:
    PostgresListener(std::string url, std::function<void()> changed);
    ~PostgresListener() override;
    PostgresListener(const PostgresListener&) = delete;
    PostgresListener& operator=(const PostgresListener&) = delete;

 private:
    void run() noexcept;
    // Until the connection is lost; true if it was asked to stop.
    bool hear();
    bool stopped_within(int milliseconds) const noexcept;

    const std::string url_;
    const std::function<void()> changed_;
    int stop_ = -1;  // an eventfd, readable once it is to stop
    std::thread thread_;
};

}  // namespace mortise::storage
