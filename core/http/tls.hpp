#pragma once

#include "core/base/result.hpp"
#include "core/http/out_queue.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace mortise::http {

struct TlsSettings {
    std::filesystem::path certificate;  // PEM: the server's, then its chain; empty: no TLS
    std::filesystem::path key;          // PEM, not encrypted
    bool only_1_3 = false;              // refuse TLS 1.2 too

    bool enabled() const noexcept { return !certificate.empty(); }
};

class TlsStream;

// A certificate with its key and how TLS is spoken with it: 1.2 or 1.3, forward secrecy and AEAD only, no
// renegotiation, no compression, ALPN http/1.1, stateless tickets. Immutable, shared between threads.
class TlsContext {
 public:
    // Errors name file and setting.
    static base::Result<std::shared_ptr<const TlsContext>> load(const TlsSettings& settings);
    ~TlsContext();

    // The server's side of a new connection, which keeps this certificate to its end. Throws std::bad_alloc.
    std::unique_ptr<TlsStream> open() const;

 private:
    struct Impl;
    explicit TlsContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// TLS over bytes in memory: nothing here waits for the network. Not for several threads.
class TlsStream {
 public:
    enum class Read { kBytes, kNeedMore, kEnded, kFailed };

    struct Impl;
    explicit TlsStream(std::unique_ptr<Impl> impl);
    ~TlsStream();

    // Whether no byte has come yet.
    bool untouched() const noexcept;
    bool established() const noexcept;

    // Takes what came from the network; then read() until it gives no more bytes, then send(): handshake and
    // alerts are answered by it.
    void feed(std::string_view ciphertext);
    // kFailed is final; what send() then sends is the alert.
    Read read(std::span<char> plain, std::size_t& got);

    // Encrypts what is in `out` piece by piece as the socket takes it, so that little is held twice.
    OutQueue::Result send(OutQueue& out, int fd);
    // Says that no more will come (close_notify), if the socket takes that at once.
    void end(int fd);
    // Bytes that the socket took since the beginning.
    std::uint64_t sent() const noexcept;

 private:
    std::unique_ptr<Impl> impl_;
};

// The certificate in use, replaced while serving. Thread-safe.
class TlsKeeper {
 public:
    explicit TlsKeeper(TlsSettings settings) : settings_(std::move(settings)) {}

    // Reads the files again. On an error what is in use stays.
    base::Status reload();
    // Whether the files are others than at the last reload(), whatever came of it.
    bool files_changed() const;

    // Null without TLS.
    std::shared_ptr<const TlsContext> current() const;

 private:
    const TlsSettings settings_;
    mutable std::mutex mutex_;
    std::shared_ptr<const TlsContext> current_;  // under mutex_
    std::string stamp_;                          // of the files; under mutex_
};

}  // namespace mortise::http
