#include "core/http/tls.hpp"

#include "core/base/file.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <new>

namespace mortise::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::size_t kMaxFile = 1024UL * 1024;
constexpr std::size_t kRecord = 16 * 1024;  // plaintext in one TLS record (RFC 8446, 5.1)
constexpr std::size_t kBatch = 4 * kRecord;
constexpr std::size_t kKeptBuffer = 4096;  // of a quiet connection
constexpr std::string_view kProtocol = "http/1.1";
constexpr std::array<unsigned char, 9> kAlpn = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* pointer) const noexcept {
        Free(pointer);
    }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Deleter<SSL_free>>;

Error fault(std::string_view setting, const std::filesystem::path& file, std::string_view what) {
    return {ErrorKind::kInvalid, "tls_unusable",
            fmt::format("{} = \"{}\": {}", setting, file.string(), what)};
}

// The last error of the thread's queue, in OpenSSL's words.
std::string_view reason() noexcept {
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    return text == nullptr ? "unknown reason" : text;
}

Bio reader(const std::string& text) {
    Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio) throw std::bad_alloc();
    return bio;
}

Result<std::string> read_pem(std::string_view setting, const std::filesystem::path& file) {
    auto text = base::read_file(file, kMaxFile);
    if (!text.ok()) return fault(setting, file, text.error().detail);
    return text;
}

Status use_certificate(SSL_CTX* context, const std::filesystem::path& file) {
    constexpr std::string_view kSetting = "http.tls_certificate";
    MORTISE_TRY_ASSIGN(const std::string text, read_pem(kSetting, file));
    const Bio bio = reader(text);
    const Certificate own(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!own) return fault(kSetting, file, "is no certificate in PEM");
    if (SSL_CTX_use_certificate(context, own.get()) != 1)
        return fault(kSetting, file, fmt::format("can't be used: {}", reason()));
    while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        if (SSL_CTX_add0_chain_cert(context, next.get()) != 1)
            return fault(kSetting, file, fmt::format("has a chain that can't be used: {}", reason()));
        [[maybe_unused]] const auto* owned_by_context = next.release();
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return fault(kSetting, file, fmt::format("has a broken chain: {}", reason()));
    ERR_clear_error();
    return {};
}

int no_passphrase(char*, int, int, void*) {
    return -1;
}

Status use_key(SSL_CTX* context, const TlsSettings& settings) {
    constexpr std::string_view kSetting = "http.tls_key";
    MORTISE_TRY_ASSIGN(const std::string text, read_pem(kSetting, settings.key));
    const Bio bio = reader(text);
    const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
    if (!key && text.find("ENCRYPTED") != std::string::npos)
        return fault(kSetting, settings.key, "is encrypted; store it without a passphrase");
    if (!key) return fault(kSetting, settings.key, "is no private key in PEM");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
        return fault(kSetting, settings.key,
                     fmt::format("does not belong to http.tls_certificate = \"{}\": {}",
                                 settings.certificate.string(), reason()));
    return {};
}

// RFC 7301, 3.2: a client that offers only other protocols is told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, kAlpn.data(), kAlpn.size(), offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    static_assert(kAlpn.size() == kProtocol.size() + 1);
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

bool set_up(SSL_CTX* context, bool only_1_3) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Tickets hold the sessions; a cache here would only grow.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
    return SSL_CTX_set_min_proto_version(context, only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

// Memory BIOs keep the largest buffer that they ever needed.
bool is_swollen(BIO* bio) {
    BUF_MEM* memory = nullptr;
    BIO_get_mem_ptr(bio, &memory);
    return memory != nullptr && memory->max > kKeptBuffer;
}

BIO* new_memory() {
    BIO* bio = BIO_new(BIO_s_mem());
    if (bio == nullptr) throw std::bad_alloc();
    return bio;
}

// Changes when a file is replaced or written.
std::string stamp(const std::filesystem::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return "none";
    return fmt::format("{}:{}:{}.{}", found.st_ino, found.st_size, found.st_mtim.tv_sec,
                       found.st_mtim.tv_nsec);
}

}  // namespace

struct TlsContext::Impl {
    Context context;
};

struct TlsStream::Impl {
    // Encrypts up to kBatch bytes.
    bool encrypt(OutQueue& out);
    // Moves what OpenSSL wants sent to `cipher`.
    void take_ciphertext();

    Session session;
    BIO* in = nullptr;   // the session's
    BIO* out = nullptr;  // the session's
    OutQueue cipher = {};
    bool untouched = true;
    bool failed = false;
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsSettings& settings) {
    ERR_clear_error();
    auto impl = std::make_unique<Impl>();
    impl->context.reset(SSL_CTX_new(TLS_server_method()));
    if (!impl->context || !set_up(impl->context.get(), settings.only_1_3))
        return base::internal_error(fmt::format("setting up TLS: {}", reason()));
    MORTISE_TRY(use_certificate(impl->context.get(), settings.certificate));
    MORTISE_TRY(use_key(impl->context.get(), settings));
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(impl)));
}

std::unique_ptr<TlsStream> TlsContext::open() const {
    auto stream = std::make_unique<TlsStream::Impl>();
    stream->session.reset(SSL_new(impl_->context.get()));
    if (!stream->session) throw std::bad_alloc();
    SSL* const session = stream->session.get();
    SSL_set0_rbio(session, stream->in = new_memory());
    SSL_set0_wbio(session, stream->out = new_memory());
    SSL_set_accept_state(session);
    return std::make_unique<TlsStream>(std::move(stream));
}

TlsStream::TlsStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

TlsStream::~TlsStream() = default;

bool TlsStream::untouched() const noexcept {
    return impl_->untouched;
}

bool TlsStream::established() const noexcept {
    return SSL_is_init_finished(impl_->session.get()) == 1;
}

std::uint64_t TlsStream::sent() const noexcept {
    return impl_->cipher.sent();
}

void TlsStream::feed(std::string_view ciphertext) {
    impl_->untouched = false;
    // Fails only without memory.
    if (BIO_write(impl_->in, ciphertext.data(), static_cast<int>(ciphertext.size())) !=
        static_cast<int>(ciphertext.size()))
        throw std::bad_alloc();
}

TlsStream::Read TlsStream::read(std::span<char> plain, std::size_t& got) {
    got = 0;
    if (impl_->failed) return Read::kFailed;
    SSL* const session = impl_->session.get();
    // The queue is the thread's: what another connection left there would be taken for ours.
    ERR_clear_error();
    if (SSL_read_ex(session, plain.data(), plain.size(), &got) == 1) return Read::kBytes;
    const int error = SSL_get_error(session, 0);
    if (error == SSL_ERROR_ZERO_RETURN) return Read::kEnded;
    impl_->failed = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    if (impl_->failed) {
        ERR_clear_error();
        return Read::kFailed;
    }
    if (BIO_pending(impl_->in) == 0 && is_swollen(impl_->in))
        SSL_set0_rbio(session, impl_->in = new_memory());
    return Read::kNeedMore;
}

void TlsStream::Impl::take_ciphertext() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out, &bytes);
    if (size <= 0) return;
    cipher.append(std::string(bytes, static_cast<std::size_t>(size)));
    if (is_swollen(out))
        SSL_set0_wbio(session.get(), out = new_memory());
    else
        BIO_reset(out);
}

bool TlsStream::Impl::encrypt(OutQueue& plain) {
    for (std::size_t taken = 0; taken < kBatch && !plain.empty();) {
        const std::string_view piece = plain.front().substr(0, kRecord);
        std::size_t written = 0;
        ERR_clear_error();
        if (SSL_write_ex(session.get(), piece.data(), piece.size(), &written) != 1) {
            ERR_clear_error();
            return false;
        }
        plain.drop(written);
        taken += written;
    }
    return true;
}

OutQueue::Result TlsStream::send(OutQueue& out, int fd) {
    for (;;) {
        impl_->take_ciphertext();
        const auto result = impl_->cipher.send(fd);
        if (result != OutQueue::Result::kSent || out.empty() || impl_->failed) return result;
        if (!impl_->encrypt(out)) return OutQueue::Result::kFailed;
    }
}

void TlsStream::end(int fd) {
    if (!established() || impl_->failed) return;
    ERR_clear_error();
    SSL_shutdown(impl_->session.get());  // its own half only; the answer is not waited for
    ERR_clear_error();
    impl_->take_ciphertext();
    [[maybe_unused]] const auto sent = impl_->cipher.send(fd);
}

Status TlsKeeper::reload() {
    if (!settings_.enabled()) return {};
    std::string found = stamp(settings_.certificate) + " " + stamp(settings_.key);
    auto loaded = TlsContext::load(settings_);
    const std::lock_guard lock(mutex_);
    stamp_ = std::move(found);
    if (!loaded.ok()) return std::move(loaded).error();
    current_ = std::move(*loaded);
    return {};
}

bool TlsKeeper::files_changed() const {
    if (!settings_.enabled()) return false;
    const std::string found = stamp(settings_.certificate) + " " + stamp(settings_.key);
    const std::lock_guard lock(mutex_);
    return found != stamp_;
}

std::shared_ptr<const TlsContext> TlsKeeper::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

}  // namespace mortise::http
