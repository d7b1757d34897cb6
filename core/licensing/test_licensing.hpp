#pragma once

#include "core/licensing/installation.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/licensing/licence_store.hpp"
#include "core/telemetry/log.hpp"
#include "core/tenancy/test_world.hpp"
#include "licenses/document/test_chain.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace mortise::licensing {

// A host under test: its database, its documents, and a vendor to issue them. The clock stands at the
// vendor's kNow.
class LicensingTest : public testing::Test {
 protected:
    using Seconds = licenses::Seconds;
    static constexpr Seconds kDay = licenses::testing::kDay;
    static constexpr Seconds kNow = licenses::testing::kNow;

    LicensingTest() {
        world.clock.advance_s(kNow - world.clock.now() / base::kMicrosPerSecond);
        time.tick();
        world.snapshots.add(store);
        tenancy::World::check(world.snapshots.refresh());
    }

    // The error's code; "" if it was installed and is in force.
    std::string install(const std::string& text) {
        return code(world.write([&](storage::Unit& unit) { return store.install(unit, text); }));
    }
    std::string install_licence() { return install(chain.bundle()); }
    static std::string code(const base::Status& status) {
        return status.ok() ? std::string() : status.error().code;
    }
    template <class T>
    static std::string code(const base::Result<T>& result) {
        return result.ok() ? std::string() : result.error().code;
    }
    State state() const { return holder.snapshot()->state; }
    std::string reason() const { return std::string(licenses::to_string(holder.snapshot()->reason)); }
    // Lets time pass; true if the state changed.
    bool pass(Seconds seconds) {
        world.clock.advance_s(seconds);
        time.tick();
        return holder.evaluate();
    }
    Installation make_installation() {
        return *world.write([&](storage::Unit& unit) { return ensure_installation(unit, world.clock); });
    }

    tenancy::World world;
    licenses::testing::TestChain chain;
    const std::string root = licenses::to_paserk(chain.root.public_key());
    const std::string_view roots[1] = {root};
    telemetry::Log log{STDERR_FILENO, telemetry::Level::kError, false, world.clock};
    TimeKeeper time{world.clock};
    LicenceHolder holder{time, roots};
    LicenceStore store{holder, log, world.clock};
};

}  // namespace mortise::licensing
