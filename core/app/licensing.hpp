#pragma once

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/config/settings.hpp"
#include "core/events/outbox.hpp"
#include "core/licensing/installation.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/licensing/licence_store.hpp"
#include "core/licensing/nodes.hpp"
#include "core/licensing/seats.hpp"
#include "core/licensing/time_keeper.hpp"
#include "core/licensing/time_state.hpp"
#include "core/licensing/usage_reporter.hpp"
#include "core/storage/database.hpp"
#include "core/telemetry/log.hpp"
#include "core/tenancy/directory.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace mortise::app {

// What an application has of licensing, put together: the part that is there before the database, and after
// open() the part that stands on it.
class Licensing {
 public:
    Licensing(const base::Clock& clock, telemetry::Log& log, std::filesystem::path data);

    licensing::LicenceHolder& holder() noexcept { return holder_; }
    const licensing::LicenceHolder& holder() const noexcept { return holder_; }
    licensing::LicenceStore& store() noexcept { return store_; }

    // After the migrations and before licences are loaded: the installation, the mark of time, and what
    // machine this is.
    base::Status open(storage::Database& database, const config::License& settings,
                      const tenancy::Directory& directory);
    // Only after open().
    const licensing::Installation& installation() const noexcept { return opened_->installation; }
    const licenses::MachineIds& machine() const noexcept { return opened_->machine; }
    licensing::Seats& seats() noexcept { return opened_->seats; }
    licensing::Nodes& nodes() noexcept { return opened_->nodes; }
    licensing::UsageReporter& reporter() noexcept { return opened_->reporter; }

    // Takes a place among the nodes. Error `license_limit_reached`.
    base::Status join();
    // Every second; answers whether what the licence allows has changed.
    bool tick();
    // Every few seconds, and at the end of serving.
    base::Status beat();
    base::Status leave();
    base::Status keep_time();
    // Once a minute: warns by log and event while there is reason to, once a day on all nodes together.
    base::Status warn();

 private:
    struct Opened {
        Opened(licensing::Installation&& its_installation, Licensing& owner, storage::Database& its_database,
               const config::License& settings, const tenancy::Directory& directory);

        licensing::Installation installation;
        storage::Database& database;
        licenses::MachineIds machine;
        licensing::TimeState time_state;
        licensing::Seats seats;
        licensing::Nodes nodes;
        licensing::UsageReporter reporter;
    };
    base::Uuid node_id() const;

    const base::Clock& clock_;
    telemetry::Log& log_;
    const std::filesystem::path data_;
    licensing::TimeKeeper time_;
    licensing::LicenceHolder holder_;
    licensing::LicenceStore store_;
    events::Outbox outbox_;
    std::unique_ptr<Opened> opened_;
};

}  // namespace mortise::app
