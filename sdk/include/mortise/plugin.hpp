#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/call.hpp"
#include "mortise/errors.hpp"
#include "mortise/flags.hpp"
#include "mortise/peer_method.hpp"
#include "mortise/route.hpp"
#include "mortise/services.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <vector>

// The entry of a plugin. A plugin.cpp holds a constexpr array of routes and, at file scope,
//
//   MORTISE_PLUGIN("milestones", "0.1.0", kRoutes);
//
// and behind them, in any order, a constexpr array of methods if it provides interfaces to other plugins, and
// a constexpr Hooks if it is to be told of changes.
namespace mortise::sdk {

namespace detail {

inline void log_error(const Services& services, mortise_call call, std::string_view message,
                      std::string_view error) noexcept {
    const mortise_log_1* log = services.log();
    if (log == nullptr) return;
    const mortise_pair field{to_abi(std::string_view("error")), to_abi(error)};
    log->write(log, call, MORTISE_LOG_ERROR, to_abi(message), &field, 1);
}

// Answers with the problem; the unit of work rolls back.
inline mortise_status send(const Services& services, mortise_call call, const Problem& problem) noexcept {
    const mortise_problem message{sizeof(mortise_problem),  problem.status(),
                                  to_abi(problem.code()),   to_abi(problem.detail()),
                                  to_abi(problem.errors()), to_abi(problem.extensions())};
    return services.http().fail(&services.http(), call, &message);
}

inline void send(const Services& services, mortise_call call, const Response& response) {
    const mortise_http_1& http = services.http();
    std::vector<mortise_pair> headers;
    headers.reserve(response.headers.size());
    for (const auto& [name, value] : response.headers)
        headers.push_back({to_abi(name), to_abi(value)});
    check(http.respond(&http, call, response.status, headers.data(), headers.size()), "answering");
    const BodyWriter body(http, call);
    if (response.stream)
        response.stream(body);
    else
        body.write(response.body);
}

inline void check_request(const mortise_request* request, std::size_t route_count) {
    if (request == nullptr || request->size < sizeof(mortise_request))
        throw HostFault("a call has no request");
    if (request->route >= route_count) throw HostFault("a call is for a route that does not exist");
    if (request->context == nullptr || request->context->size < sizeof(mortise_context))
        throw HostFault("a request has no context");
    const bool missing = (request->path_count != 0 && request->path == nullptr) ||
                         (request->query_count != 0 && request->query == nullptr) ||
                         (request->header_count != 0 && request->headers == nullptr);
    if (missing) throw HostFault("a request counts pairs that are not there");
}

inline void send(const Services& services, mortise_call call, std::string_view answer) {
    const mortise_http_1& http = services.http();
    check(http.respond(&http, call, 200, nullptr, 0), "answering");
    BodyWriter(http, call).write(answer);
}

inline void check_request(const mortise_method_call* request, std::size_t method_count) {
    if (request == nullptr || request->size < sizeof(mortise_method_call))
        throw HostFault("a call of a method has no request");
    if (request->method >= method_count) throw HostFault("a call is for a method that does not exist");
    if (request->context == nullptr || request->context->size < sizeof(mortise_context))
        throw HostFault("a call of a method has no context");
}

// Turns what is being thrown into a status. The client sees only what a Problem says; all else is the
// operator's and goes to the log.
inline mortise_status answer_exception(const Services& services, mortise_call call) noexcept {
    try {
        throw;
    } catch (const Problem& problem) {
        return send(services, call, problem);
    } catch (const LimitReached&) {
        return send(
            services, call,
            Problem(403, "license_limit_reached", "The licence allows no more of what this request needs."));
    } catch (const ServiceError& error) {
        // Busy, late and unavailable are no fault of the plugin's, and the host tells of them itself.
        const auto status = error.status();
        if (status != MORTISE_E_BUSY && status != MORTISE_E_TIMEOUT && status != MORTISE_E_UNAVAILABLE)
            log_error(services, call, "a service failed", error.what());
        return status;
    } catch (const HostFault& fault) {
        log_error(services, call, "the host broke the ABI", fault.what());
        return MORTISE_E_INVALID;
    } catch (const std::bad_alloc&) {
        log_error(services, call, "out of memory", {});
        return MORTISE_E_UNAVAILABLE;
    } catch (const std::exception& error) {
        log_error(services, call, "a handler threw", error.what());
        return MORTISE_E_INTERNAL;
    } catch (...) {
        log_error(services, call, "a handler threw", "not a std::exception");
        return MORTISE_E_INTERNAL;
    }
}

// The plugin has kept something that depends on a flag; a change that it could not take is the operator's to
// know.
template <const Hooks* Hooked>
void tell_change(void* instance, mortise_call call, const mortise_context* about, mortise_text key) noexcept {
    const auto& services = *static_cast<const Services*>(instance);
    try {
        if (about == nullptr || about->size < sizeof(mortise_context))
            throw HostFault("a change of a flag has no context");
        Hooked->flag_changed(
            {view(key), Uuid::from_abi(about->tenant), {services.flags(), call}, {services.log(), call}});
    } catch (const std::exception& error) {
        log_error(services, call, "flag_changed threw", error.what());
    } catch (...) {
        log_error(services, call, "flag_changed threw", "not a std::exception");
    }
}

inline constexpr Hooks kNoHooks{};

// Of what stands behind the routes: the hooks.
constexpr const Hooks* hooks_among() noexcept {
    return &kNoHooks;
}
template <typename... Rest>
constexpr const Hooks* hooks_among(const Hooks& hooks, const Rest&...) noexcept {
    return &hooks;
}
template <std::size_t Count, typename... Rest>
constexpr const Hooks* hooks_among(const PeerMethod (&)[Count], const Rest&... rest) noexcept {
    return hooks_among(rest...);
}

// And the methods.
constexpr std::span<const PeerMethod> methods_among() noexcept {
    return {};
}
template <std::size_t Count, typename... Rest>
constexpr std::span<const PeerMethod> methods_among(const PeerMethod (&methods)[Count],
                                                    const Rest&...) noexcept {
    return methods;
}
template <typename... Rest>
constexpr std::span<const PeerMethod> methods_among(const Hooks&, const Rest&... rest) noexcept {
    return methods_among(rest...);
}

// The functions of the entry. Each body is one guard: nothing is thrown past it.
template <const auto& Routes, const auto&... More>
struct Entry {
    static constexpr auto kAbiRoutes = make_abi_routes<Routes>();
    static constexpr const Hooks* kHooks = hooks_among(More...);
    static constexpr std::span<const PeerMethod> kMethods = methods_among(More...);
    static constexpr auto kAbiMethods = [] {
        std::array<mortise_method, kMethods.size()> table{};
        for (std::size_t i = 0; i < table.size(); ++i)
            table[i] = to_abi(kMethods[i]);
        return table;
    }();

    static mortise_status start(const mortise_host* host, void** instance) noexcept {
        if (instance == nullptr) return MORTISE_E_INVALID;
        try {
            auto services = std::make_unique<Services>(host);
            if constexpr (kHooks->flag_changed != nullptr) {
                const mortise_flag_watcher watcher{services.get(), &tell_change<kHooks>};
                check(services->flags().watch(&services->flags(), &watcher), "watching flags");
            }
            *instance = services.release();
            return MORTISE_OK;
        } catch (const HostFault&) {
            return MORTISE_E_INVALID;
        } catch (const PluginFault&) {
            return MORTISE_E_DENIED;  // a hook without its service
        } catch (...) {
            return MORTISE_E_UNAVAILABLE;
        }
    }

    static mortise_status call(void* instance, mortise_call call, const mortise_request* request) noexcept {
        if (instance == nullptr || call == 0) return MORTISE_E_INVALID;
        const auto& services = *static_cast<const Services*>(instance);
        try {
            check_request(request, std::size(Routes));
            Call context(services, call, *request);
            send(services, call, Routes[request->route].handler(context));
            return MORTISE_OK;
        } catch (...) {
            return answer_exception(services, call);
        }
    }

    static mortise_status serve(void* instance, mortise_call call,
                                const mortise_method_call* request) noexcept {
        if (instance == nullptr || call == 0) return MORTISE_E_INVALID;
        const auto& services = *static_cast<const Services*>(instance);
        try {
            check_request(request, kMethods.size());
            PeerCall context(services, call, *request);
            send(services, call, kMethods[request->method].handler(context));
            return MORTISE_OK;
        } catch (...) {
            return answer_exception(services, call);
        }
    }

    static void stop(void* instance) noexcept { delete static_cast<Services*>(instance); }
};

template <const auto& Routes, const auto&... More>
constexpr mortise_plugin_entry_v1 make_entry(std::string_view id, std::string_view version) noexcept {
    using Functions = Entry<Routes, More...>;
    return {.size = sizeof(mortise_plugin_entry_v1),
            .abi_major = MORTISE_ABI_MAJOR,
            .abi_minor = MORTISE_ABI_MINOR,
            .route_count = static_cast<std::uint32_t>(Functions::kAbiRoutes.size()),
            .id = to_abi(id),
            .version = to_abi(version),
            .routes = Functions::kAbiRoutes.data(),
            .start = &Functions::start,
            .call = &Functions::call,
            .stop = &Functions::stop,
            .method_count = static_cast<std::uint32_t>(Functions::kAbiMethods.size()),
            .methods_reserved = 0,
            .methods = Functions::kAbiMethods.data(),
            .serve = Functions::kMethods.empty() ? nullptr : &Functions::serve};
}

}  // namespace detail
}  // namespace mortise::sdk

// Defines the plugin's entry. `routes` names a constexpr array of mortise::sdk::Route with static storage;
// id and version are literals and equal to the manifest's. After them may stand the names of a constexpr
// array of mortise::sdk::PeerMethod and of a constexpr mortise::sdk::Hooks, both with static storage.
#define MORTISE_PLUGIN(id, version, ...)                           \
    extern "C" const mortise_plugin_entry_v1 mortise_plugin_entry; \
    constexpr mortise_plugin_entry_v1 mortise_plugin_entry =       \
        ::mortise::sdk::detail::make_entry<__VA_ARGS__>(id, version)
