#include "core/host/worker_program.hpp"

#include "core/host/library.hpp"
#include "core/host/marshal.hpp"
#include "core/host/services.hpp"
#include "core/host/worker_backend.hpp"
#include "core/host/worker_confinement.hpp"
#include "core/host/worker_messages.hpp"
#include "mortise/abi/plugin.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::size_t kMaxManifest = 64UL * 1024 * 1024;

// A full socket loses the line rather than holding up the call.
void send_log_line(const PluginLogLine& line) {
    const std::string datagram = encode_log_line(line);
    (void)::send(STDERR_FILENO, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// The library's bytes, mapped from the sealed file that the host verified.
class LibraryBytes {
 public:
    LibraryBytes() {
        struct stat about {};
        if (::fstat(kLibraryDescriptor, &about) != 0 || about.st_size <= 0) return;
        size_ = static_cast<std::size_t>(about.st_size);
        data_ = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, kLibraryDescriptor, 0);
    }
    ~LibraryBytes() {
        if (data_ != MAP_FAILED) ::munmap(data_, size_);
        ::close(kLibraryDescriptor);
    }
    LibraryBytes(const LibraryBytes&) = delete;
    LibraryBytes& operator=(const LibraryBytes&) = delete;

    std::string_view get() const noexcept {
        return data_ == MAP_FAILED ? std::string_view()
                                   : std::string_view(static_cast<const char*>(data_), size_);
    }

 private:
    void* data_ = MAP_FAILED;
    std::size_t size_ = 0;
};

// The plugin in this process. Everything as in the host's own, but for the backend.
class LoadedPlugin {
 public:
    LoadedPlugin(Manifest manifest, Library library)
        : manifest_(std::move(manifest)), services_(manifest_, clock_, send_log_line), library_(library) {}
    ~LoadedPlugin() {
        if (started_) library_.entry().stop(instance_);
    }
    LoadedPlugin(const LoadedPlugin&) = delete;
    LoadedPlugin& operator=(const LoadedPlugin&) = delete;

    Result<PluginTables> start() {
        MORTISE_TRY_ASSIGN(auto tables, copy_tables(library_.entry(), manifest_));
        const mortise_status status = library_.entry().start(&services_.host(), &instance_);
        if (status != MORTISE_OK)
            return Error{ErrorKind::kInvalid, "plugin_start_failed",
                         fmt::format("plugin {}: start answered {}", manifest_.id, status)};
        started_ = true;
        services_.end_start();
        return tables;
    }

    // Which flags the next call sees.
    bool take_flags(std::string_view payload) { return flags_.take(payload); }

    // Runs a call of a route (kCall) or of a method (kServe).
    ChannelState run(Channel& channel, const Frame& frame) {
        switch (frame.type) {
            case FrameType::kCall:
                return run_call(channel, frame.payload);
            case FrameType::kServe:
                return run_method(channel, frame.payload);
            default:
                return ChannelState::kBroken;
        }
    }

 private:
    ChannelState run_call(Channel& channel, std::string_view payload) {
        const auto message = decode_call(payload, clock_.monotonic());
        if (!message || message->body.size() > message->body_size) return ChannelState::kBroken;
        ChannelBackend backend(channel, manifest_, flags_, message->context, clock_,
                               std::string(message->body), message->body_size);
        CallState state{message->context, message->access, backend};
        const PluginRequest request{message->route, &message->path, &message->query, &message->headers, {}};
        const AbiRequest abi(message->context, request, message->body_size, clock_);
        const mortise_status status = enter(state, *abi.get().context, [&](CallTable::Handle call) {
            return library_.entry().call(instance_, call, &abi.get());
        });
        backend.report_flags();
        return send_answer(channel, state.answer, status);
    }

    ChannelState run_method(Channel& channel, std::string_view payload) {
        const auto message = decode_serve(payload, clock_.monotonic());
        if (!message || message->input.size() > message->input_size) return ChannelState::kBroken;
        const std::string caller(message->caller);  // the payload ends with the next question to the host
        ChannelBackend backend(channel, manifest_, flags_, message->context, clock_,
                               std::string(message->input), message->input_size);
        CallState state{message->context, message->access, backend, nullptr, true};
        const AbiMethodCall abi(message->context, message->method, caller, message->input_size, clock_);
        const mortise_status status = enter(state, *abi.get().context, [&](CallTable::Handle call) {
            return library_.entry().serve(instance_, call, &abi.get());
        });
        backend.report_flags();
        return send_answer(channel, state.answer, status);
    }

    template <class Function>
    mortise_status enter(CallState& state, const mortise_context& about, Function function) {
        const CallTable::Place place(services_.calls(), state);
        if (services_.watches_flags())
            for (const std::uint32_t number : flags_.take_changed())
                services_.tell_of_flag(place.handle(), about, manifest_.flags[number]);
        return function(place.handle());
    }

    Manifest manifest_;
    base::SystemClock clock_;
    HeldFlags flags_{manifest_};
    Services services_;
    Library library_;
    void* instance_ = nullptr;
    bool started_ = false;
};

Result<std::unique_ptr<LoadedPlugin>> load(const Frame& frame) {
    FrameReader message(frame.payload);
    const auto protocol = message.number<std::uint32_t>();
    const auto memory_bytes = message.number<std::uint64_t>();
    const std::string text(message.text(kMaxManifest));
    if (frame.type != FrameType::kLoad || protocol != kWorkerProtocol || !message.done())
        return Error{ErrorKind::kInvalid, "worker_mismatch",
                     "mortise-worker is not of the same build as mortise; install both together"};
    const LibraryBytes library;
    if (!confine(memory_bytes, library.get().size()))
        return Error{ErrorKind::kInvalid, "worker_unconfined",
                     "the worker could not give up what it must; the plugin was not loaded"};
    MORTISE_TRY_ASSIGN(Manifest manifest, parse_manifest(text, "manifest.toml"));
    MORTISE_TRY_ASSIGN(const Library loaded, Library::load(library.get(), manifest.id));
    return std::make_unique<LoadedPlugin>(std::move(manifest), loaded);
}

}  // namespace

int run_worker() {
    std::signal(SIGPIPE, SIG_IGN);
    Channel channel{base::UniqueFd(kChannelDescriptor)};
    const auto refuse = [&](const Error& error) {
        channel.frame(FrameType::kRefused).text(error.code).text(error.detail);
        (void)channel.flush(base::Monotonic::max());
        return 1;
    };
    auto plugin = load(ask_host(channel));
    if (!plugin.ok()) return refuse(plugin.error());
    const auto tables = (*plugin)->start();
    if (!tables.ok()) return refuse(tables.error());
    encode_tables(channel, *tables);
    while (true) {
        const Frame frame = ask_host(channel);
        if (frame.type == FrameType::kStop) return 0;
        if (frame.type == FrameType::kFlags && (*plugin)->take_flags(frame.payload)) continue;
        if ((*plugin)->run(channel, frame) != ChannelState::kGood) return 1;
    }
}

}  // namespace mortise::host
