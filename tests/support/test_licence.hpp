#pragma once

#include "core/host/licence_desk.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/licensing/time_keeper.hpp"
#include "core/storage/database.hpp"
#include "core/tenancy/meters.hpp"
#include "licenses/document/test_chain.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace mortise::test {

// A licence in force and what plugins may ask of it, over a database that has the core's migrations.
class TestLicence {
 public:
    TestLicence(storage::Database& database, const base::Clock& clock)
        : clock_(clock), time_(clock), holder_(time_, roots_), meters_(database, clock, holder_) {}

    host::LicenceDesk& desk() noexcept { return desk_; }
    tenancy::Meters& meters() noexcept { return meters_; }

    // Puts a licence with these features and limits in the place of the one that is held.
    void hold(std::vector<std::string> features, decltype(licenses::Licence::limits) limits,
              decltype(licenses::Licence::plugins) plugins = {{"contract", {}}}) {
        const auto now = clock_.now() / base::kMicrosPerSecond;
        licenses::Licence licence = licenses::testing::TestChain::make_licence();
        licence.issued_at = licence.not_before = now - licenses::testing::kDay;
        licence.not_after = now + 30 * licenses::testing::kDay;
        licence.plugins = std::move(plugins);
        licence.features = std::move(features);
        licence.limits = std::move(limits);
        licensing::Documents documents;
        documents.keyset = chain_.keyset;
        documents.keyset->issued_at = now - 2 * licenses::testing::kDay;
        documents.licences = {{std::move(licence), licenses::key_id(chain_.signer.public_key())}};
        holder_.hold(std::move(documents));
    }

 private:
    const base::Clock& clock_;
    licenses::testing::TestChain chain_;
    const std::string root_ = licenses::to_paserk(chain_.root.public_key());
    const std::string_view roots_[1] = {root_};
    licensing::TimeKeeper time_;
    licensing::LicenceHolder holder_;
    tenancy::Meters meters_;
    host::LicenceDesk desk_{holder_, meters_};
};

}  // namespace mortise::test
