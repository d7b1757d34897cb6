#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::outbound {

struct HttpPost {
    std::string url;
    std::string content_type;
    std::string_view body;
    std::size_t most = 1024UL * 1024;        // bytes of the answer's body
    std::chrono::milliseconds time{30'000};  // for all of it
};

struct HttpRequest {
    std::string method;  // GET, POST, PUT, PATCH or DELETE
    std::string url;
    std::vector<std::string> headers;        // such as "Accept: application/json"
    std::string_view body;                   // not of GET
    std::string ca_file;                     // PEM; empty: the system's certificates
    std::size_t most = 1024UL * 1024;        // bytes of the answer's body
    std::chrono::milliseconds time{30'000};  // for all of it
};

struct HttpAnswer {
    int status = 0;
    std::string content_type;
    std::string etag;  // empty: none
    std::string body;
};

// Whether something may be sent there: https, or http to this machine itself (127.0.0.1, ::1, localhost);
// with a host, without user and password. Error `outbound_url_refused`, which says why.
base::Status check_url(const std::string& url);

// Sends one request to an address that the operator has set, and waits for the answer, whatever its status.
// Certificates are checked; redirects are not followed. Errors: `outbound_url_refused`,
// `outbound_failed` (unavailable; it can't be reached, its certificate is not good, or it answered too late),
// `outbound_answer_too_large`. Blocks; any thread.
base::Result<HttpAnswer> send(const HttpRequest& request);
base::Result<HttpAnswer> post(const HttpPost& request);

}  // namespace mortise::outbound
