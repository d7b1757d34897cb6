#include "core/http/router.hpp"

#include "core/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mortise::http {
namespace {

using base::Error;
using base::Result;
using base::Status;

bool is_parameter(std::string_view segment) noexcept {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// Cuts "/a/b" into its first segment and the rest; the path begins with '/'.
std::string_view take_segment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    path.remove_prefix(segment.size());
    return segment;
}

std::vector<std::string_view> parameter_names(std::string_view pattern) {
    std::vector<std::string_view> names;
    while (!pattern.empty()) {
        const auto segment = take_segment(pattern);
        if (is_parameter(segment)) names.push_back(segment.substr(1, segment.size() - 2));
    }
    return names;
}

// "/", or such as "/a/{b}": no empty segment, braces only around the whole of one, no name twice.
bool is_pattern(std::string_view pattern) {
    if (pattern == "/") return true;
    if (pattern.empty() || pattern[0] != '/') return false;
    auto names = parameter_names(pattern);
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) return false;
    while (!pattern.empty()) {
        const auto segment = take_segment(pattern);
        const auto inner = is_parameter(segment) ? segment.substr(1, segment.size() - 2) : segment;
        if (inner.empty() || inner.find_first_of("{}") != std::string_view::npos) return false;
    }
    return true;
}

// The names of the query's parameters that a row declares; text that is no JSON is the document's to report.
std::vector<std::string> query_parameters(const Route& route) {
    std::vector<std::string> names;
    const auto all = nlohmann::json::parse(route.parameters, nullptr, false);
    if (!all.is_array()) return names;
    for (const auto& one : all)
        if (one.is_object() && one.value("in", "") == "query") names.push_back(one.value("name", ""));
    return names;
}

}  // namespace

const std::string& Call::parameter(std::string_view name) const {
    const auto found =
        std::find_if(path.begin(), path.end(), [&](const auto& pair) { return pair.first == name; });
    if (found == path.end()) throw std::logic_error(fmt::format("the pattern has no parameter {}", name));
    return found->second;
}

const std::string* Call::query_value(std::string_view name) const noexcept {
    const auto found =
        std::find_if(query.begin(), query.end(), [&](const auto& pair) { return pair.first == name; });
    return found == query.end() ? nullptr : &found->second;
}

Result<std::shared_ptr<const RouteTable>> RouteTable::build(std::vector<Route> routes) {
    auto table = std::make_shared<RouteTable>();
    table->routes_ = std::move(routes);
    for (std::size_t i = 0; i < table->routes_.size(); ++i) {
        MORTISE_TRY(table->insert(i));
        table->parameters_.push_back(query_parameters(table->routes_[i]));
    }
    return std::shared_ptr<const RouteTable>(std::move(table));
}

bool RouteTable::takes_parameter(std::size_t index, std::string_view name) const noexcept {
    const auto& names = parameters_[index];
    return std::find(names.begin(), names.end(), name) != names.end();
}

Status RouteTable::insert(std::size_t index) {
    const Route& route = routes_[index];
    std::string_view path = route.pattern;
    if (!is_pattern(path))
        return base::internal_error(
            fmt::format("route {}: malformed pattern {}", route.operation, route.pattern));
    Node* node = &root_;
    while (!path.empty()) {
        const auto segment = take_segment(path);
        auto& next = is_parameter(segment) ? node->parameter : node->literals[std::string(segment)];
        if (!next) next = std::make_unique<Node>();
        node = next.get();
    }
    for (const auto& [method, other] : node->rows)
        if (method == route.method)
            return base::internal_error(fmt::format("routes {} and {} have the same method and pattern {}",
                                                    routes_[other].operation, route.operation,
                                                    route.pattern));
    node->rows.emplace_back(route.method, index);
    return {};
}

const RouteTable::Node* RouteTable::walk(const Node& node, std::string_view path,
                                         std::vector<std::string_view>& values) const {
    if (path.empty()) return node.rows.empty() ? nullptr : &node;
    const auto segment = take_segment(path);
    if (const auto literal = node.literals.find(segment); literal != node.literals.end())
        if (const Node* found = walk(*literal->second, path, values)) return found;
    if (!node.parameter || segment.empty()) return nullptr;
    values.push_back(segment);
    const Node* found = walk(*node.parameter, path, values);
    if (found == nullptr) values.pop_back();
    return found;
}

Match RouteTable::match(Method method, std::string_view path) const {
    Match match;
    std::vector<std::string_view> values;
    const Node* node = path.empty() || path[0] != '/' ? nullptr : walk(root_, path, values);
    if (node == nullptr) return match;
    const auto row_of = [&](Method wanted) {
        return std::find_if(node->rows.begin(), node->rows.end(),
                            [=](const auto& row) { return row.first == wanted; });
    };
    auto row = row_of(method);
    if (row == node->rows.end() && method == Method::kHead) row = row_of(Method::kGet);
    if (row == node->rows.end()) {
        for (const auto& [known, index] : node->rows) {
            match.allowed.push_back(known);
            match.cross_origin = match.cross_origin || routes_[index].cross_origin;
        }
        return match;
    }
    match.route = &routes_[row->second];
    match.index = row->second;
    match.cross_origin = match.route->cross_origin;
    const auto names = parameter_names(match.route->pattern);
    for (std::size_t i = 0; i < values.size(); ++i) {
        match.parameters.emplace_back(names[i], base::percent_decode(values[i], false).value_or(""));
    }
    return match;
}

}  // namespace mortise::http
