#pragma once

#include "core/base/clock.hpp"
#include "core/base/request_context.hpp"
#include "core/base/result.hpp"
#include "core/host/plugin.hpp"
#include "mortise/abi/plugin.h"

#include <array>
#include <vector>

namespace mortise::host {

// A context in the form of the ABI. Points into what it was made of, which must outlive it.
class AbiContext {
 public:
    AbiContext(const base::RequestContext& context, const base::Clock& clock);
    AbiContext(const AbiContext&) = delete;
    AbiContext& operator=(const AbiContext&) = delete;

    const mortise_context& get() const noexcept { return context_; }

 private:
    std::array<char, 55> traceparent_;
    mortise_context context_{};
};

// The same of a request.
class AbiRequest {
 public:
    AbiRequest(const base::RequestContext& context, const PluginRequest& request, std::uint64_t body_size,
               const base::Clock& clock);
    AbiRequest(const AbiRequest&) = delete;
    AbiRequest& operator=(const AbiRequest&) = delete;

    const mortise_request& get() const noexcept { return request_; }

 private:
    const AbiContext context_;
    std::vector<mortise_pair> pairs_;  // of the path, the query and the headers, in this order
    mortise_request request_{};
};

// The same of a call of a method.
class AbiMethodCall {
 public:
    AbiMethodCall(const base::RequestContext& context, std::uint32_t method, std::string_view caller,
                  std::uint64_t input_size, const base::Clock& clock);
    AbiMethodCall(const AbiMethodCall&) = delete;
    AbiMethodCall& operator=(const AbiMethodCall&) = delete;

    const mortise_method_call& get() const noexcept { return call_; }

 private:
    const AbiContext context_;
    const mortise_method_call call_;
};

// The tables of the plugin's entry, checked as check_tables does, with an id and version that are the
// manifest's. Error `plugin_entry_invalid`.
base::Result<PluginTables> copy_tables(const mortise_plugin_entry_v1& entry, const Manifest& manifest);

// Whether routes are such as the host serves: patterns, names that are unique, scopes that the manifest
// declares; and whether the methods are those that the manifest provides. Error `plugin_entry_invalid`. What
// a worker describes is checked by the host, whatever the worker checked.
base::Status check_tables(const PluginTables& tables, const Manifest& manifest);

}  // namespace mortise::host
