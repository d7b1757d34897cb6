#include "core/outbound/http_post.hpp"

#include "core/base/text.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <new>

namespace mortise::outbound {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

struct FreeUrl {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
struct FreeEasy {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

void initialise() {
    // Once, before any handle; libcurl's own implicit call is not safe with threads.
    static const CURLcode kDone = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)kDone;
}

Error refused(std::string_view url, std::string_view why) {
    return {ErrorKind::kUnavailable, "outbound_url_refused", fmt::format("{}: {}", url, why)};
}

// A part of a URL; empty if it is not there.
std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) return {};
    const std::string copy(text);
    curl_free(text);
    return copy;
}

bool is_this_machine(std::string_view host) noexcept {
    return host == "localhost" || host == "[::1]" || host == "127.0.0.1";
}

struct Receiver {
    std::string body;
    std::string etag = {};
    std::size_t most = 0;
    bool too_large = false;
};

std::size_t receive(char* data, std::size_t, std::size_t size, void* context) noexcept {
    auto& receiver = *static_cast<Receiver*>(context);
    if (size > receiver.most - receiver.body.size()) {
        receiver.too_large = true;
        return 0;
    }
    try {
        receiver.body.append(data, size);
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return size;
}

// An ETag is all that is wanted of the headers.
std::size_t receive_header(char* data, std::size_t, std::size_t size, void* context) noexcept {
    constexpr std::string_view kName = "etag:";
    std::string_view line(data, size);
    if (line.size() <= kName.size() || !base::iequals(line.substr(0, kName.size()), kName)) return size;
    line.remove_prefix(kName.size());
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
        line.remove_suffix(1);
    try {
        static_cast<Receiver*>(context)->etag = base::trim(line);
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return size;
}

void prepare(CURL* easy, const HttpRequest& request, curl_slist* headers, Receiver& receiver) {
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, long{request.time.count()});
    if (request.method != "GET") {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "mortise");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &receive_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
}

Error failed(const HttpRequest& request, CURLcode code, const Receiver& receiver) {
    if (receiver.too_large)
        return {ErrorKind::kUnavailable, "outbound_answer_too_large",
                fmt::format("{} answered with more than {} bytes.", request.url, request.most)};
    return {ErrorKind::kUnavailable, "outbound_failed",
            fmt::format("{}: {}", request.url, curl_easy_strerror(code))};
}

}  // namespace

Status check_url(const std::string& url) {
    initialise();
    const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
    if (!parsed) throw std::bad_alloc();
    if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
        return refused(url, "this is no URL");
    const std::string scheme = part_of(parsed.get(), CURLUPART_SCHEME);
    if (!part_of(parsed.get(), CURLUPART_USER).empty() || !part_of(parsed.get(), CURLUPART_PASSWORD).empty())
        return refused(scheme, "a URL may not hold a user or a password");
    if (scheme == "https") return {};
    if (scheme == "http" && is_this_machine(part_of(parsed.get(), CURLUPART_HOST))) return {};
    return refused(url, "only https is allowed, and http to this machine itself");
}

Result<HttpAnswer> send(const HttpRequest& request) {
    MORTISE_TRY(check_url(request.url));
    const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
    // No waiting for "100 Continue", which small services don't send.
    std::unique_ptr<curl_slist, FreeList> headers(curl_slist_append(nullptr, "Expect:"));
    if (!easy || !headers) throw std::bad_alloc();
    for (const auto& header : request.headers)
        if (curl_slist_append(headers.get(), header.c_str()) == nullptr) throw std::bad_alloc();
    Receiver receiver{.body = {}, .most = request.most};
    prepare(easy.get(), request, headers.get(), receiver);
    if (const CURLcode done = curl_easy_perform(easy.get()); done != CURLE_OK)
        return failed(request, done, receiver);
    HttpAnswer answer;
    long status = 0;
    const char* content_type = nullptr;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy.get(), CURLINFO_CONTENT_TYPE, &content_type);
    answer.status = static_cast<int>(status);
    if (content_type != nullptr) answer.content_type = content_type;
    answer.etag = std::move(receiver.etag);
    answer.body = std::move(receiver.body);
    return answer;
}

Result<HttpAnswer> post(const HttpPost& request) {
    return send({.method = "POST",
                 .url = request.url,
                 .headers = {"Content-Type: " + request.content_type},
                 .body = request.body,
                 .most = request.most,
                 .time = request.time});
}

}  // namespace mortise::outbound
