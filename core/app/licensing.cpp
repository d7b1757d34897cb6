#include "core/app/licensing.hpp"

#include "core/base/file.hpp"
#include "core/licensing/notices.hpp"
#include "core/tenancy/core_unit.hpp"
#include "core/tenancy/quota.hpp"
#include "licenses/document/machine.hpp"

#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

namespace mortise::app {
namespace {

using base::Status;
using storage::Access;
using storage::Unit;

constexpr std::size_t kMaxIdFile = 64;

std::string host_name() {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

licenses::MachineIds find_machine(const std::string& installation, const config::License& settings) {
    auto machine = licenses::collect_machine({.id_file = settings.machine_id_file});
    machine["installation"] = {installation};
    return machine;
}

}  // namespace

Licensing::Opened::Opened(licensing::Installation&& its_installation, Licensing& owner,
                          storage::Database& its_database, const config::License& settings,
                          const tenancy::Directory& directory)
    : installation(std::move(its_installation)),
      database(its_database),
      machine(find_machine(installation.id, settings)),
      time_state(owner.time_, owner.data_ / "license-time", installation.secret, owner.log_),
      seats(owner.holder_, installation, owner.clock_),
      nodes(owner.holder_, owner.clock_, owner.node_id(), host_name()),
      reporter(owner.holder_, installation, directory, owner.clock_) {}

Licensing::Licensing(const base::Clock& clock, telemetry::Log& log, std::filesystem::path data)
    : clock_(clock),
      log_(log),
      data_(std::move(data)),
      time_(clock),
      holder_(time_),
      store_(holder_, log, clock),
      outbox_(clock) {}

Status Licensing::open(storage::Database& database, const config::License& settings,
                       const tenancy::Directory& directory) {
    auto installation = tenancy::run_core(database, clock_, Access::kWrite, [&](Unit& unit) {
        return licensing::ensure_installation(unit, clock_);
    });
    if (!installation.ok()) return std::move(installation).error();
    opened_ = std::make_unique<Opened>(std::move(*installation), *this, database, settings, directory);
    holder_.set_machine(opened_->machine);
    return tenancy::run_core(database, clock_, Access::kRead,
                             [&](Unit& unit) { return opened_->time_state.load(unit); });
}

// A file of the data folder, so that a node that starts again is the same one.
base::Uuid Licensing::node_id() const {
    const auto file = data_ / "node-id";
    if (const auto text = base::read_file(file, kMaxIdFile); text.ok())
        if (const auto id = base::Uuid::parse(std::string_view(*text).substr(0, text->find('\n'))))
            return *id;
    const base::Uuid id = base::new_uuid(clock_);
    if (const Status written = base::write_file(file, id.to_string() + "\n", 0600); !written.ok())
        log_.warn("the node's id can't be kept; after a restart it counts as another one",
                  {{"reason", std::string_view(written.error().detail)}});
    return id;
}

Status Licensing::join() {
    return tenancy::run_core(opened_->database, clock_, Access::kWrite,
                             [&](Unit& unit) { return opened_->nodes.join(unit); });
}

bool Licensing::tick() {
    time_.tick();
    return holder_.evaluate();
}

Status Licensing::beat() {
    auto seen = tenancy::run_core(opened_->database, clock_, Access::kWrite,
                                  [&](Unit& unit) { return opened_->nodes.beat(unit); });
    if (seen.ok() || seen.error().code == tenancy::kLimitReached) holder_.set_placed(seen.ok());
    return seen;
}

Status Licensing::leave() {
    return tenancy::run_core(opened_->database, clock_, Access::kWrite,
                             [&](Unit& unit) { return opened_->nodes.leave(unit); });
}

Status Licensing::keep_time() {
    return tenancy::run_core(opened_->database, clock_, Access::kWrite,
                             [&](Unit& unit) { return opened_->time_state.save(unit); });
}

Status Licensing::warn() {
    if (time_.clock_is_behind())
        log_.warn(
            "the system's clock is behind what signed documents and running time show; licences are judged "
            "by the later time");
    const auto licence = holder_.snapshot();
    if (licence->warning.empty()) return {};
    auto first = tenancy::run_core(opened_->database, clock_, Access::kWrite, [&](Unit& unit) {
        return licensing::notice_of_the_day(unit, outbox_, *licence, holder_.now());
    });
    if (!first.ok()) return std::move(first).error();
    if (*first) log_.warn("the licence needs attention", {{"license", std::string_view(licence->warning)}});
    return {};
}

}  // namespace mortise::app
