#pragma once

#include "core/base/request_context.hpp"
#include "core/host/plugin.hpp"
#include "core/host/service_backend.hpp"
#include "core/host/service_parts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mortise::host {

// The services of a call over its unit of work, in the host's process. On the stack of the call's thread.
class UnitBackend final : public ServiceBackend {
 public:
    UnitBackend(const Manifest& manifest, const Statements& statements, const ServiceParts& parts,
                const base::RequestContext& context, storage::Unit& unit, std::string_view body)
        : manifest_(manifest),
          statements_(statements),
          parts_(parts),
          context_(context),
          unit_(unit),
          body_(body) {}

    mortise_status read_body(std::uint8_t* buffer, std::uint64_t capacity, std::uint64_t& read) override;
    mortise_status settings(std::string& json) override;
    mortise_status run(std::string_view name, std::span<const storage::Value> values,
                       const mortise_sink* sink, std::int64_t& changed) override;

    void give_up() noexcept override { unit_.abandon(); }

    // The first error of storage.
    const std::optional<base::Error>& storage_error() const noexcept { return storage_error_; }

 private:
    const Manifest& manifest_;
    const Statements& statements_;
    const ServiceParts& parts_;
    const base::RequestContext& context_;
    storage::Unit& unit_;
    std::string_view body_;  // what is left of it
    std::optional<base::Error> storage_error_;
};

}  // namespace mortise::host
