#pragma once

#include "core/http/message.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mortise::http {

struct Match;

// Cross-origin resource sharing (fetch.spec.whatwg.org, 3.2): which pages of other origins may read what
// routes answer that say so (Route::cross_origin). Credentials of the browser's own, such as cookies, are
// never let in: who asks sends an Authorization. Immutable.
class CrossOrigin {
 public:
    // Origins as browsers write them, "https://shop.example" or with a port, or "*": every one; none: nobody.
    explicit CrossOrigin(std::vector<std::string> origins) : origins_(std::move(origins)) {}

    // Adds to the answer of such a route, or to that of OPTIONS for its path, what the browser asks for.
    void mark(const RequestHead& head, const Match& match, Response& response) const;

 private:
    bool admits(std::string_view origin) const noexcept;

    const std::vector<std::string> origins_;
};

}  // namespace mortise::http
