#include "licenses/document/activation.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/issuer/activation_table.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/issuing.hpp"
#include "licenses/issuer/licence_id.hpp"
#include "licenses/issuer/output.hpp"
#include "licenses/issuer/terms.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>
#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

struct ActivateOptions : Common {
    std::filesystem::path file;
    bool cgi = false;
    std::string rule = "most";
    std::uint64_t days = 0;
};

licenses::ActivationRequest read_request(const std::filesystem::path& file) {
    return take(licenses::verify_activation_request(read_line_file(file, licenses::kMaxActivationBytes)));
}

// The licence that is asked for, as it is now. A request names the line or any licence of it.
LicenceRow wanted_licence(Home& home, const std::string& id) {
    LicenceTable table(home.ledger());
    const auto named = table.find(id);
    LicenceRow row = table.present_of_line(named ? named->line : id);
    if (row.status != "active")
        throw Failure("not_active", "The licence " + row.id + " is " + row.status + ".");
    return row;
}

std::uint64_t places_of(const licenses::Licence& licence) {
    const auto limit = licence.limits.find("machines");
    return limit == licence.limits.end() ? 1 : limit->second.max;
}

licenses::Activation activation_of(const ActivationRow& row) {
    const auto token = take(licenses::parse_token(row.token, licenses::kMaxActivationBytes));
    return take(licenses::decode_activation(token.payload));
}

// The place of an installation that asks again from the machine where it has one; null: it needs another.
// Id and key of an installation are copied with its data folder, so that they alone don't keep a place.
const ActivationRow* kept_place(const std::vector<ActivationRow>& in_use,
                                const licenses::ActivationRequest& request) {
    for (const ActivationRow& row : in_use) {
        if (row.installation != request.installation) continue;
        if (row.key != licenses::to_paserk(request.key))
            throw Failure("other_key", "The installation " + request.installation +
                                           " is activated with another key. Release that activation first: "
                                           "mortise-license transfer --release " +
                                           row.id);
        if (licenses::same_machine(activation_of(row).binding, request.fingerprint)) return &row;
    }
    return nullptr;
}

Failure no_place(const std::vector<ActivationRow>& in_use, const licenses::ActivationRequest& request,
                 const LicenceRow& licence, std::uint64_t places) {
    const auto own = std::find_if(in_use.begin(), in_use.end(), [&](const ActivationRow& row) {
        return row.installation == request.installation;
    });
    const bool moved = own != in_use.end();
    return Failure("no_place", "All " + std::to_string(places) + " machines of the licence are activated" +
                                   (moved ? "; one is this installation on another machine" : "") +
                                   ". Release one: mortise-license transfer " + licence.id + " --release " +
                                   (moved ? own->id : "…"));
}

licenses::Activation answer(Home& home, const ActivateOptions& options,
                            const licenses::ActivationRequest& request, const LicenceRow& row) {
    licenses::Activation out;
    out.issuer = home.issuer();
    out.subject = row.subject;
    out.id = new_licence_id();
    out.request_id = request.id;
    out.issued_at = home.now();
    if (options.days > 0) out.not_after = home.now() + static_cast<licenses::Seconds>(options.days) * 86400;
    out.licence_id = row.line;
    out.installation = request.installation;
    out.key = request.key;
    out.binding.rule = licenses::parse_match_rule(options.rule).value_or(licenses::MatchRule::kMost);
    out.binding.fingerprint = request.fingerprint;
    return out;
}

// What there is to answer a request with, as the ledger stands.
struct Place {
    std::string answered;               // the answer that it got already; else "", and
    std::optional<ActivationRow> kept;  // the activation whose place is kept; none: a free one is taken
};

// Throws Failure if there is none.
Place find_place(Home& home, const licenses::ActivationRequest& request, const LicenceRow& row,
                 std::uint64_t places) {
    ActivationTable table(home.ledger());
    if (auto before = table.find_by_request(request.id)) {
        if (before->released_at)
            throw Failure("not_active", "The activation " + before->id + " was released.");
        // A host would not take it. With a new request the machine keeps its place.
        take(licenses::verify_activation(before->token, home.keyset(), home.now()));
        return {before->token, std::nullopt};
    }
    const auto in_use = table.in_use(row.line);
    if (const ActivationRow* kept = kept_place(in_use, request)) return {"", *kept};
    if (in_use.size() >= places) throw no_place(in_use, request, row, places);
    return {};
}

// Signed and in the ledger; a request that was answered before gets the same answer again. The key is
// unwrapped, which takes its time, before the ledger is held, and only for who can be answered.
std::string answer_token(Home& home, const ActivateOptions& options,
                         const licenses::ActivationRequest& request, const LicenceRow& row,
                         std::uint64_t places) {
    if (const Place place = find_place(home, request, row, places); !place.answered.empty())
        return place.answered;
    const licenses::SecretKey key = home.signing_key("act", options.passphrase());
    ActivationTable table(home.ledger());
    Transaction transaction(home.ledger().database());
    const Place place = find_place(home, request, row, places);  // another may have been faster
    if (!place.answered.empty()) return place.answered;
    const licenses::Activation activation = answer(home, options, request, row);
    const std::string token = licenses::sign_activation(activation, key);
    take(licenses::verify_activation(token, home.keyset(), home.now()));
    if (place.kept) table.release(*place.kept, "activated anew");
    table.insert(activation, token);
    transaction.commit();
    return token;
}

licenses::Licence bound_licence(const LicenceRow& row) {
    licenses::Licence licence = licence_of(row);
    if (!licence.binding || !licence.binding->by_activation)
        throw Failure("not_bound", "The licence " + row.id + " needs no activation.");
    return licence;
}

// The request in the body that a web server gives to a CGI program (RFC 3875): on standard input.
std::string read_cgi_body() {
    const char* method = std::getenv("REQUEST_METHOD");
    if (method == nullptr || std::string_view(method) != "POST")
        throw Failure("wrong_method", "The service takes activation requests by POST.");
    std::string body(licenses::kMaxActivationBytes + 2, '\0');  // and a line feed; one more is too long
    std::cin.read(body.data(), static_cast<std::streamsize>(body.size()));
    body.resize(static_cast<std::size_t>(std::cin.gcount()));
    if (body.ends_with('\n')) body.pop_back();
    return body;
}

void answer_cgi(const char* status, const std::string& body) {
    std::cout << "Status: " << status << "\r\nContent-Type: text/plain\r\nContent-Length: " << body.size()
              << "\r\n\r\n"
              << body << std::flush;
}

// The customer learns the name of a refusal; what is the vendor's own goes to the web server's log.
void run_cgi(const ActivateOptions& options) {
    try {
        const auto request = take(licenses::verify_activation_request(read_cgi_body()));
        Home home(options.home, unix_time());
        const LicenceRow row = wanted_licence(home, request.licence_id);
        const std::uint64_t places = places_of(bound_licence(row));
        const BundleMaker bundles(home);
        const std::string token = answer_token(home, options, request, row, places);
        answer_cgi("200 OK", bundles.make(licence_of(row), row.token, token));
    } catch (const Failure& failure) {
        std::cerr << "mortise-license: " << failure.what() << " (" << failure.code() << ")\n";
        answer_cgi("422 Unprocessable Entity", "license-refusal: " + failure.code() + "\n");
    } catch (const std::exception& error) {
        std::cerr << "mortise-license: " << error.what() << '\n';
        answer_cgi("500 Internal Server Error", "");
    }
}

void run_activate(const ActivateOptions& options) {
    if (options.cgi) return run_cgi(options);
    if (options.file.empty()) throw CLI::RequiredError("file");
    Home home(options.home, unix_time());
    const licenses::ActivationRequest request = read_request(options.file);
    const LicenceRow row = wanted_licence(home, request.licence_id);
    const licenses::Licence licence = bound_licence(row);
    const std::uint64_t places = places_of(licence);
    const nlohmann::json facts = {
        {"licence", row.id},     {"sub", row.subject}, {"installation", request.installation},
        {"request", request.id}, {"machines", places}, {"rule", options.rule}};
    if (options.dry_run) {
        const auto in_use = ActivationTable(home.ledger()).in_use(row.line);
        return print(options.json,
                     "Would activate " + request.installation + " for " + row.subject + "; " +
                         std::to_string(in_use.size()) + " of " + std::to_string(places) +
                         " places are taken.",
                     to_text({{"dry_run", true}, {"in_use", in_use.size()}, {"request", facts}}));
    }
    const BundleMaker bundles(home);
    const std::string bundle =
        bundles.make(licence, row.token, answer_token(home, options, request, row, places));
    nlohmann::json out = facts;
    if (bundles.tell_if_left_out(licence)) out["list_left_out"] = true;
    if (options.out.empty() && !options.json) return hand_out({}, bundle);
    if (options.out.empty())
        out["bundle"] = bundle;
    else
        hand_out(options.out, bundle);
    print(options.json,
          "Wrote " + options.out.string() + ": " + row.subject + " may use licence " + row.id + " on " +
              request.installation + ".",
          to_text(out));
}

}  // namespace

void add_activate(CLI::App& app) {
    auto options = std::make_shared<ActivateOptions>();
    CLI::App* command = app.add_subcommand("activate", "Answer a customer's activation request");
    add_common(*command, *options, kWithPassphrase | kWithOut | kWithDryRun,
               "Write the bundle with the answer to this new file instead of standard output");
    command->add_option("file", options->file, "The request that the customer's server wrote");
    command->add_flag(
        "--cgi", options->cgi,
        "Answer one request as a CGI program of a web server: a service for customers' servers");
    command
        ->add_option("--rule", options->rule,
                     "How much of the machine must stay as it is: any, two, most, all")
        ->check(CLI::IsMember({"any", "two", "most", "all"}))
        ->capture_default_str();
    command->add_option("--days", options->days, "The activation must be renewed after so many days")
        ->check(CLI::Range(1, 36500));
    command->footer(
        "Example:\n  mortise-license activate activation.request --home vendor --out activated.license");
    command->callback([options] { run_activate(*options); });
}

}  // namespace mortise::issuer
