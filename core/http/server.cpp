#include "core/http/server.hpp"

#include "core/http/acceptor.hpp"
#include "core/http/problem.hpp"
#include "core/http/response_writer.hpp"
#include "core/http/worker.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <exception>

namespace mortise::http {
namespace {

constexpr unsigned kMaxReactors = 64;
constexpr rlim_t kOtherDescriptors = 1024;  // databases, logs, plugins

void ignore_sigpipe() noexcept {
    struct sigaction now {};
    if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) std::signal(SIGPIPE, SIG_IGN);
}

// Answers the limit that there is then.
rlim_t raise_descriptor_limit(rlim_t wanted) noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return wanted;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

// As many as there are descriptors for. Those who are told that there is no place need one as well.
void fit_seats(SeatLimits& seats) noexcept {
    const rlim_t limit = raise_descriptor_limit(seats.total + seats.turned_away + kOtherDescriptors);
    const rlim_t left = limit - std::min(kOtherDescriptors, limit / 2);
    seats.turned_away = std::min<std::size_t>(seats.turned_away, left / 8);
    seats.total = std::min<std::size_t>(seats.total, left - seats.turned_away);
}

}  // namespace

struct Server::Impl {
    Impl(ServerSettings given, Handler& handler, const base::Clock& clock)
        : settings(std::move(given)),
          tls(settings.tls),
          shared{
              settings, {settings.max_head, settings.max_fields, settings.max_target}, handler, clock, tls} {}

    // The answer to who comes when there is no descriptor left. To say it by TLS would take a handshake.
    std::string last_words(const std::string& peer) {
        const Refusal& refusal = refusals::kTooManyConnections;
        const base::Uuid id = base::new_uuid(shared.clock);
        shared.handler.on_refused({refusal.status, refusal.code, peer, id});
        if (settings.tls.enabled()) return {};
        Response response = problem(refusal.status, refusal.code, refusal.detail, id);
        response.headers.emplace_back("Retry-After", "1");
        OutQueue out;
        DateHeader date;
        write_response(out, std::move(response), {.keep_alive = false}, date.at(shared.clock.now()));
        std::string words;
        for (; !out.empty(); out.drop(out.front().size()))
            words += out.front();
        return words;
    }

    ServerSettings settings;
    TlsKeeper tls;
    WorkerShared shared;
    Acceptor acceptor;
    std::unique_ptr<Pistache::Aio::Reactor> reactor;  // ends before what its workers refer to
};

Server::Server(ServerSettings settings, Handler& handler, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(settings), handler, clock)) {}

Server::~Server() {
    stop();
}

std::uint16_t Server::port() const noexcept {
    return impl_->acceptor.port();
}

std::size_t Server::max_connections() const noexcept {
    return impl_->settings.seats.total;
}

base::Status Server::start() {
    const ServerSettings& settings = impl_->settings;
    if (settings.reactors < 1 || settings.reactors > kMaxReactors)
        return base::Error{base::ErrorKind::kInvalid, "bad_reactor_count", "Give 1 to 64 reactors."};
    ignore_sigpipe();
    fit_seats(impl_->settings.seats);
    MORTISE_TRY(impl_->tls.reload());
    MORTISE_TRY(impl_->acceptor.listen(settings.host, settings.port, settings.backlog));
    try {
        impl_->reactor = std::make_unique<Pistache::Aio::Reactor>();
        impl_->reactor->init(Pistache::Aio::AsyncContext(settings.reactors, "mortise-http"));
        impl_->reactor->addHandler(std::make_shared<Worker>(impl_->shared));
        impl_->reactor->run();
    } catch (const std::exception& error) {
        return base::internal_error(std::string("starting the reactors: ") + error.what());
    }
    SeatLimits seats = settings.seats;
    // To say why takes a handshake; under such a load it is better to close at once.
    if (settings.tls.enabled()) seats.turned_away = 0;
    impl_->acceptor.start(impl_->shared.inboxes, std::make_shared<Seats>(std::move(seats)),
                          [impl = impl_.get()](const std::string& peer) { return impl->last_words(peer); });
    return {};
}

base::Status Server::reload_certificate() {
    return impl_->tls.reload();
}

bool Server::certificate_changed() const {
    return impl_->tls.files_changed();
}

void Server::stop_accepting() {
    impl_->acceptor.stop();
    impl_->shared.gate.draining.store(true);
    for (const auto& inbox : impl_->shared.inboxes)
        inbox->push_close_idle();
}

bool Server::drain(base::Monotonic deadline) {
    DrainGate& gate = impl_->shared.gate;
    const auto& inboxes = impl_->shared.inboxes;
    std::unique_lock lock(gate.mutex);
    return gate.changed.wait_until(lock, deadline, [&inboxes] {
        return std::none_of(inboxes.begin(), inboxes.end(), [](const auto& inbox) { return inbox->busy(); });
    });
}

void Server::stop() {
    impl_->acceptor.stop();
    if (!impl_->reactor) return;
    impl_->reactor->shutdown();
    impl_->reactor.reset();  // joins its threads; the workers close their connections
}

}  // namespace mortise::http
