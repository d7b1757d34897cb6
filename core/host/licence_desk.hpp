#pragma once

#include "core/host/licence_source.hpp"
#include "core/licensing/licence_holder.hpp"
#include "core/tenancy/meters.hpp"

namespace mortise::host {

// The installed licence, and the meters of this node.
class LicenceDesk final : public LicenceSource {
 public:
    // Both outlive it.
    LicenceDesk(const licensing::LicenceHolder& holder, tenancy::Meters& meters)
        : holder_(holder), meters_(meters) {}

    std::shared_ptr<const licensing::Snapshot> snapshot() const override { return holder_.snapshot(); }
    base::Status may_serve(std::string_view plugin, bool writes) const override {
        const auto held = holder_.snapshot();
        return writes ? held->plugin_write_allowed(plugin) : held->entitled_plugin(plugin);
    }
    std::optional<tenancy::LimitRule> limit(const base::RequestContext& context,
                                            std::string_view name) const override {
        return holder_.limit(name, context.tenant_slug);
    }
    base::Status count(const base::RequestContext& context, std::string_view meter,
                       std::uint64_t amount) override {
        const auto consumer = consumer_of(context);
        return meters_.try_count(consumer, meter, amount) ? base::Status()
                                                          : meters_.count(consumer, meter, amount);
    }
    void give_back(const base::RequestContext& context, std::string_view meter,
                   std::uint64_t amount) noexcept override {
        meters_.give_back(consumer_of(context), meter, amount);
    }

 private:
    static tenancy::Consumer consumer_of(const base::RequestContext& context) noexcept {
        return {context.tenant, context.tenant_slug};
    }

    const licensing::LicenceHolder& holder_;
    tenancy::Meters& meters_;
};

}  // namespace mortise::host
