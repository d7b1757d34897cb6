#pragma once

#include "core/base/result.hpp"
#include "core/http/route.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::http {

// What a path and a method lead to.
struct Match {
    const Route* route = nullptr;  // null: see `allowed`
    std::size_t index = 0;         // of the route in its table
    Pairs parameters;
    std::vector<Method> allowed;  // of a known path; empty: the path is unknown
    bool cross_origin = false;    // of the route, or without one of any row of the path
};

// All routes, immutable. Literal segments win over parameters. Thread-safe.
class RouteTable {
 public:
    // Two rows with the same method and pattern, or a malformed pattern, are an error.
    static base::Result<std::shared_ptr<const RouteTable>> build(std::vector<Route> routes);

    // HEAD finds the GET row if there is no row of its own. The path is still percent-encoded; a parameter
    // that can't be decoded is empty.
    Match match(Method method, std::string_view path) const;

    const std::vector<Route>& routes() const noexcept { return routes_; }

    // Whether the row at `index` declares a parameter of the query by this name.
    bool takes_parameter(std::size_t index, std::string_view name) const noexcept;

 private:
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
        std::unique_ptr<Node> parameter;
        std::vector<std::pair<Method, std::size_t>> rows;  // method, index of the route
    };

    base::Status insert(std::size_t index);
    const Node* walk(const Node& node, std::string_view path, std::vector<std::string_view>& values) const;

    std::vector<Route> routes_;
    std::vector<std::vector<std::string>> parameters_;  // of the query, as routes_
    Node root_;
};

}  // namespace mortise::http
