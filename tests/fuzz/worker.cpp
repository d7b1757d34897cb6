// The host's end of a worker's channel: whatever a worker writes into it, the host keeps to its rules. The
// first byte chooses between a whole exchange and one decoder.
#include "core/flags/flag_set.hpp"
#include "core/host/held_flags.hpp"
#include "core/host/marshal.hpp"
#include "core/host/worker_exchange.hpp"
#include "core/host/worker_messages.hpp"
#include "core/tenancy/quota.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

namespace {

using namespace mortise;
using namespace mortise::host;

// A unit that answers every statement with a few rows, so that batches flow.
class FewRows final : public storage::Unit {
 public:
    base::Result<std::int64_t> run(const storage::Statement&, std::span<const storage::Value> values,
                                   const storage::RowSink& sink) override {
        const std::string wide(20'000, 'w');
        const std::vector<storage::Value> row = {std::int64_t{7}, std::string_view(wide)};
        for (int i = 0; sink && i < 9; ++i)
            if (!sink(storage::Row(row))) break;
        return static_cast<std::int64_t>(values.size());
    }
    base::Status commit() override { return {}; }
    void abandon() noexcept override {}
    storage::Access access() const noexcept override { return storage::Access::kWrite; }
    base::Uuid tenant() const noexcept override { return {}; }
    base::Status as_plugin(std::string_view, base::FunctionRef<base::Status()> body) override {
        return body();
    }
};

// Licenses one feature, and counts up to a limit; nothing is given back that was not counted.
class FewLicences final : public LicenceSource {
 public:
    ~FewLicences() override { FUZZ_EXPECT(counted_ <= kMost); }
    std::shared_ptr<const licensing::Snapshot> snapshot() const override {
        auto made = std::make_shared<licensing::Snapshot>();
        made->features = {"sso"};
        return made;
    }
    std::optional<tenancy::LimitRule> limit(const base::RequestContext&,
                                            std::string_view name) const override {
        return name == "users" ? std::optional(tenancy::LimitRule{.total = kMost, .of_tenant = {}})
                               : std::nullopt;
    }
    base::Status may_serve(std::string_view plugin, bool) const override {
        FUZZ_EXPECT(plugin == "other");
        return {};
    }
    base::Status count(const base::RequestContext&, std::string_view meter, std::uint64_t amount) override {
        FUZZ_EXPECT(meter == "seed.things");
        if (amount > kMost - counted_) return tenancy::limit_reached(meter, kMost, false);
        counted_ += amount;
        return {};
    }
    void give_back(const base::RequestContext&, std::string_view, std::uint64_t amount) noexcept override {
        FUZZ_EXPECT(amount <= counted_);
        counted_ -= amount;
    }

 private:
    static constexpr std::uint64_t kMost = 100;
    std::uint64_t counted_ = 0;
};

// Another plugin, whose one method writes and answers what it was given; what begins with 'p' it refuses.
class Echo final : public Plugin {
 public:
    const Manifest& manifest() const noexcept override { return manifest_; }
    const PluginTables& tables() const noexcept override { return tables_; }
    HostKind host() const noexcept override { return HostKind::kInProcess; }
    PluginState state() const override { return PluginState::kRunning; }
    std::optional<WorkerCount> workers() const override { return {}; }
    base::Status check_settings(std::string_view) const override { return {}; }
    base::Result<PluginResponse> call(const base::RequestContext&, storage::Unit&,
                                      const PluginRequest&) override {
        FUZZ_EXPECT(false);
        return PluginResponse{};
    }
    base::Result<PluginResponse> serve(const base::RequestContext&, storage::Unit&,
                                       const MethodRequest& request, Effects& effects) override {
        FUZZ_EXPECT(request.method == 0 && request.input.size() <= kMaxPeerBytes);
        FUZZ_EXPECT(request.caller.plugin == "seed" && request.caller.caller == nullptr);
        effects.wrote = true;
        PluginResponse response{.status = 200, .body = std::string(request.input)};
        if (request.input.starts_with('p')) {
            response.problem = PluginProblem{409, "taken", "It is taken.", {}, {}};
        } else {
            effects.events = {{"mortise.seed.thing.made", "/plugins/seed", "echo", "{}"}};
            effects.event_bytes = 6;
            effects.counted = {{"seed.things", 0}};
        }
        return response;
    }

 private:
    const Manifest manifest_ = {};
    const PluginTables tables_{{}, {{storage::Access::kWrite, "other.echo/1", "echo"}}};
};

Peers& some_peers() {
    static telemetry::Metrics metrics;
    static Peers peers{[](std::string_view id) -> std::shared_ptr<Plugin> {
                           static const auto kEcho = std::make_shared<Echo>();
                           return id == "other" ? kEcho : nullptr;
                       },
                       [](const base::Uuid&, std::string_view) { return true; }, metrics};
    return peers;
}

const Manifest& manifest() {
    static const Manifest kManifest = [] {
        Manifest made;
        made.id = "seed";
        made.version = "1.0.0";
        made.scopes = {{"seed:use", "Use it"}};
        made.events_published = {"thing.made"};
        made.services = {"mortise.license/1", "mortise.flags/1"};
        made.flags = {"colour", "rule"};
        made.any_flag = true;
        made.meters = {"things"};
        made.calls = {"other.echo/1", "absent.things/1"};
        return made;
    }();
    return kManifest;
}

const Statements& statements() {
    static const Statements kStatements = [] {
        Statements made;
        made.emplace("all",
                     *storage::parse_statement_file("seed.all", "all.sql",
                                                    "-- @column n int\n-- @column t text\nSELECT 1, 'a'\n"));
        made.emplace("one",
                     *storage::parse_statement_file("seed.one", "one.sql",
                                                    "-- @param t text?\nDELETE FROM seed__t WHERE a = :t\n"));
        return made;
    }();
    return kStatements;
}

std::shared_ptr<const flags::FlagSet> few_flags() {
    static const auto kFlags = [] {
        const auto row = [](const char* key, const char* definition) {
            return flags::FlagRow{{}, key, *flags::parse_definition(definition)};
        };
        return std::make_shared<const flags::FlagSet>(
            std::vector<flags::FlagRow>{
                row("colour", R"({"state":"ENABLED","variants":{"r":"red"},"defaultVariant":"r"})"),
                row("rule", R"({"state":"ENABLED","variants":{"a":1,"b":2},"defaultVariant":"a","targeting":
                    {"if":[{"some":[{"var":"list"},{">":[{"var":""},3]}]},"b",{"fractional":[["a",1],["b",1]]}]}})")},
            std::vector<flags::OverrideRow>{{{}, "colour", "ada", "r"}});
    }();
    return kFlags;
}

// Whatever a worker reports, what is counted is there.
void expect_known(const base::RequestContext& context, const std::shared_ptr<const flags::FlagSet>& set,
                  std::span<const flags::FlagCount> counts) {
    for (const auto& one : counts) {
        const auto* const flag = set->find(context.tenant, one.key);
        FUZZ_EXPECT(flag != nullptr && one.count > 0 && one.count <= flags::FlagTally::kMostOfOne);
        FUZZ_EXPECT(one.variant.empty() ||
                    std::any_of(flag->variants().begin(), flag->variants().end(), [&](const auto& variant) {
                        return variant.name.data() == one.variant.data();
                    }));
    }
}

void check_answer(const CallAnswer& answer) {
    if (const auto& problem = answer.response.problem) {
        FUZZ_EXPECT(is_sound_problem(*problem));
    } else if (answer.responded) {
        FUZZ_EXPECT(answer.response.status >= 200 && answer.response.status <= 599);
        FUZZ_EXPECT(answer.response.headers.size() <= kMaxResponseHeaders);
        for (const auto& [name, value] : answer.response.headers)
            FUZZ_EXPECT(is_allowed_header(name));
    }
    FUZZ_EXPECT(answer.response.body.size() <= kMaxResponseBytes && answer.events.size() <= kMaxEvents);
    for (const auto& event : answer.events) {
        FUZZ_EXPECT(event.type == "mortise.seed.thing.made" && event.source == "/plugins/seed");
        FUZZ_EXPECT(nlohmann::json::parse(event.data, nullptr, false).is_object());
    }
}

void exchange(std::string_view frames) {
    int ends[2];
    FUZZ_EXPECT(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    const base::UniqueFd worker(ends[1]);
    Channel channel{base::UniqueFd(ends[0])};
    FUZZ_EXPECT(make_patient(ends[0]));
    for (std::string_view rest = frames.substr(0, 2 * kPieceBytes); !rest.empty();) {
        const ssize_t sent = ::write(worker.get(), rest.data(), std::min(rest.size(), kPieceBytes));
        FUZZ_EXPECT(sent > 0);
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::shutdown(worker.get(), SHUT_WR);

    static base::SystemClock clock;
    static telemetry::Log log(::open("/dev/null", O_WRONLY | O_CLOEXEC), telemetry::Level::kError, false,
                              clock);
    FewLicences licences;
    const ServiceParts parts{clock,
                             log,
                             [](const base::Uuid&, std::string_view) { return std::string("{}"); },
                             licences,
                             [](const base::RequestContext&) { return few_flags(); },
                             expect_known,
                             some_peers()};
    FewRows unit;
    base::RequestContext context;
    const auto deadline = clock.monotonic() + std::chrono::milliseconds(100);
    const std::string body(100'000, 'b');
    const CallLink link{nullptr, "seed", storage::Access::kWrite};
    UnitBackend backend(manifest(), statements(), parts, context, unit, link, body);
    WorkerExchange call(channel, backend, manifest(), storage::Access::kWrite, deadline, clock);
    if (call.run(context, {}) == ChannelState::kGood) check_answer(call.answer());
}

void decode(unsigned which, std::string_view payload) {
    const auto now = base::Monotonic(std::chrono::hours(1));
    if (which % 13 == 12) {
        const auto question = decode_peer_question(payload);
        FUZZ_EXPECT(!question || question->method.size() <= kMaxMethodName);
        const auto answer = decode_peer_answer(payload);
        FUZZ_EXPECT(!answer || answer->answer.problem.has_value() == (answer->status == MORTISE_E_REFUSED));
        const auto call = decode_serve(payload, now);
        FUZZ_EXPECT(!call || call->input.size() <= kPieceBytes);
    } else if (which % 11 == 10) {
        // The other end: what a worker makes of what it is sent.
        HeldFlags held(manifest());
        if (held.take(payload))
            for (const char* key : {"colour", "rule", "other"})
                if (const auto* set = held.set_for(key)) (void)set->evaluate({}, key);
        (void)held.take(payload);
    } else if (which % 7 == 6) {
        const auto question = decode_flag_question(payload);
        FUZZ_EXPECT(!question || question->key.size() <= kMaxFlagKey);
        const auto answer = decode_flag_answer(payload);
        FUZZ_EXPECT(!answer || answer->evaluation.value.size() <= payload.size());
    } else if (which % 5 == 4) {
        const auto question = decode_licence_question(payload);
        FUZZ_EXPECT(!question || question->name.size() <= kMaxLicenceName);
    } else if (which % 4 == 0) {
        const auto tables = decode_tables(payload);
        if (tables) (void)check_tables(*tables, manifest());
    } else if (which % 4 == 1) {
        const auto call = decode_call(payload, now);
        FUZZ_EXPECT(!call || call->body.size() <= kPieceBytes);
    } else if (which % 4 == 2) {
        const auto statement = decode_statement(payload);
        FUZZ_EXPECT(!statement || statement->values.size() <= 64);
    } else if (const auto line = decode_log_line(payload)) {
        FUZZ_EXPECT(line->message.size() <= kMaxLogBytes && line->fields.size() <= kMaxLogFields);
        const std::string encoded = encode_log_line(*line);  // the line points into it
        const auto again = decode_log_line(encoded);
        FUZZ_EXPECT(again && again->message == line->message && again->fields == line->fields);
    }
}

}  // namespace

void fuzz(std::string_view input) {
    if (input.empty() || input.size() > 60'000) return;
    const auto which = static_cast<unsigned char>(input[0]);
    input.remove_prefix(1);
    if (which < 128)
        exchange(input);
    else
        decode(which, input);
}
