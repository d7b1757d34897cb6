#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/host/plugin.hpp"
#include "mortise/abi/plugin.h"

#include <array>
#include <vector>

namespace mortise::host {

// A request in the form of the ABI. Points into what it was made of, which must outlive it.
class AbiRequest {
 public:
    AbiRequest(const base::RequestContext& context, const PluginRequest& request, std::uint64_t body_size,
               const base::Clock& clock);
    AbiRequest(const AbiRequest&) = delete;
    AbiRequest& operator=(const AbiRequest&) = delete;

    const mortise_request& get() const noexcept { return request_; }

 private:
    std::array<char, 55> traceparent_;
    std::vector<mortise_pair> pairs_;  // of the path, the query and the headers, in this order
    mortise_context context_{};
    mortise_request request_{};
};

// The plugin's route table, checked as check_routes does, with an id and version that are the manifest's.
// Error `plugin_entry_invalid`.
base::Result<std::vector<PluginRoute>> copy_routes(const mortise_plugin_entry_v1& entry,
                                                   const Manifest& manifest);

// Whether routes are such as the host serves: patterns, names that are unique, scopes that the manifest
// declares. Error `plugin_entry_invalid`. What a worker describes is checked by the host, whatever the worker
// checked.
base::Status check_routes(const std::vector<PluginRoute>& routes, const Manifest& manifest);

}  // namespace mortise::host
