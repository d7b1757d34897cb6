#include "tests/support/plugin_host/plugin_host.hpp"

#include "tests/support/plugin_host/text.hpp"

#include <array>
#include <stdexcept>

namespace mortise::test {
namespace {

constexpr mortise_call kCall = 7;

std::string_view method_of(const mortise_route& route) {
    static constexpr std::array<std::string_view, 6> kMethods{"", "GET", "POST", "PUT", "PATCH", "DELETE"};
    return kMethods.at(route.method);
}

Access access_of(const mortise_route& route) {
    if (route.access != MORTISE_ACCESS_WRITE) return Access::kRead;
    return (route.options & MORTISE_ROUTE_READS_FIRST) != 0 ? Access::kReadFirst : Access::kWrite;
}

Access access_of(const mortise_method& method) {
    return method.access == MORTISE_ACCESS_WRITE ? Access::kWrite : Access::kRead;
}

}  // namespace

PluginHost::PluginHost(const PluginUnderTest& plugin)
    : settings(plugin.settings),
      entry_(*plugin.entry),
      database_(plugin.sql),
      services_(database_, now, settings) {
    if (entry_.start(&services_.host(), &instance_) != MORTISE_OK)
        throw std::runtime_error("the plugin did not start");
}

PluginHost::~PluginHost() {
    entry_.stop(instance_);
}

Answer PluginHost::call(std::string_view method, std::string_view target, std::string_view body,
                        const Headers& headers) {
    const RequestTarget asked = parse_target(target);
    for (std::uint32_t i = 0; i < entry_.route_count; ++i) {
        const mortise_route& route = entry_.routes[i];
        const auto parameters = match_pattern(text_of(route.pattern), asked.path);
        if (!parameters || method_of(route) != method) continue;
        const auto path = views_of(*parameters);
        const auto query = views_of(asked.query);
        const auto fields = views_of(headers);
        return answer(access_of(route), body, [&](const mortise_context& context) {
            const mortise_request request{sizeof(mortise_request),
                                          i,
                                          &context,
                                          path.data(),
                                          path.size(),
                                          query.data(),
                                          query.size(),
                                          fields.data(),
                                          fields.size(),
                                          body.size()};
            return entry_.call(instance_, kCall, &request);
        });
    }
    throw std::runtime_error("no route for " + std::string(method) + ' ' + std::string(target));
}

Answer PluginHost::serve(std::string_view interface, std::string_view name, const nlohmann::json& input) {
    for (std::uint32_t i = 0; i < entry_.method_count; ++i) {
        const mortise_method& method = entry_.methods[i];
        if (text_of(method.interface) != interface || text_of(method.name) != name) continue;
        const std::string body = input.dump();
        return answer(access_of(method), body, [&](const mortise_context& context) {
            const mortise_method_call request{
                sizeof(mortise_method_call), i, &context, {"caller", 6}, body.size()};
            return entry_.serve(instance_, kCall, &request);
        });
    }
    throw std::runtime_error("no method " + std::string(name) + " of " + std::string(interface));
}

Answer PluginHost::answer(Access access, std::string_view body, const Function& function) {
    runs_ = 0;
    run(access, body, function);
    if (services_.run.needs_writer()) run(Access::kWrite, body, function);
    if (services_.run.answer.is_good()) events_ = services_.run.events;
    return services_.run.answer;
}

// In a unit of work of its own.
void PluginHost::run(Access access, std::string_view body, const Function& function) {
    ++runs_;
    services_.run = {};
    services_.run.access = access;
    services_.run.body = body;
    mortise_context context{};
    context.size = sizeof context;
    context.actor = actor;
    database_.run_script(access == Access::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
    services_.run.answer.result = function(context);
    const bool is_kept = services_.run.answer.is_good() && !services_.run.needs_writer();
    database_.run_script(is_kept ? "COMMIT" : "ROLLBACK");
}

}  // namespace mortise::test
