#include "licenses/document/bundle.hpp"
#include "licenses/document/evaluate.hpp"
#include "licenses/document/machine.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/output.hpp"

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

using nlohmann::json;

struct VerifyOptions {
    std::filesystem::path file, keyset, id_file;
    std::vector<std::string> roots;
    std::string at, installation;
    bool here = false, json = false;
};

licenses::PublicKey read_root(const std::string& text) {
    if (text.starts_with("k4.")) return take(licenses::public_key_from_paserk(text));
    return take(licenses::public_key_from_paserk(read_line_file(text)));
}

licenses::Accepted accept_file(const VerifyOptions& options, licenses::Seconds now) {
    std::vector<licenses::PublicKey> roots;
    for (const std::string& root : options.roots)
        roots.push_back(read_root(root));
    std::optional<licenses::Keyset> held;
    if (!options.keyset.empty())
        held = take(
            licenses::verify_keyset(read_line_file(options.keyset, licenses::kMaxKeysetBytes), roots, now));
    return take(licenses::accept(read_file(options.file, licenses::kMaxBundleBytes),
                                 {roots, {}, held ? &*held : nullptr, nullptr}, now));
}

// Whether it is bound to a machine matters only on that machine, so only if it is asked for.
licenses::Entitlements judge(const VerifyOptions& options, const licenses::Accepted& accepted,
                             licenses::Seconds now) {
    licenses::MachineIds machine;
    if (options.here) {
        licenses::MachineSources sources;
        sources.id_file = options.id_file;
        machine = licenses::collect_machine(sources);
        if (!options.installation.empty()) machine["installation"] = {options.installation};
    }
    licenses::Licence licence = accepted.licence->licence;
    if (!options.here) licence.binding.reset();
    licenses::Situation situation;
    situation.now = now;
    situation.keyset = &accepted.keyset;
    situation.revocations = accepted.revocations.get();
    situation.activation = accepted.activation ? &*accepted.activation : nullptr;
    situation.machine = &machine;
    return licenses::evaluate(licence, accepted.licence->signed_by, situation);
}

void refuse_unless_usable(const licenses::Licence& licence, const licenses::Entitlements& entitlements) {
    if (auto refusal = licenses::refusal_of(entitlements.reason)) throw Failure(*refusal);
    if (entitlements.validity == licenses::Validity::kNotYetValid)
        throw Failure("not_yet_valid", "The licence is genuine, but begins only at " +
                                           licenses::format_time(licence.not_before) + ".");
    if (entitlements.validity == licenses::Validity::kLimited)
        throw Failure("expired", "The licence is genuine, but ended at " +
                                     licenses::format_time(entitlements.ends_at.value_or(0)) + ".");
}

json time_json(const std::optional<licenses::Seconds>& time) {
    return time ? json(licenses::format_time(*time)) : json();
}

void run_verify(const VerifyOptions& options) {
    const auto now =
        options.at.empty() ? std::optional<licenses::Seconds>(unix_time()) : licenses::parse_time(options.at);
    if (!now) throw Failure("bad_option", "--at must be a time such as 2027-12-31T23:59:59Z.");
    const licenses::Accepted accepted = accept_file(options, *now);
    json out = {{"verified", true}, {"keyset_sequence", accepted.keyset.sequence}};
    if (accepted.revocations) out["crl_sequence"] = accepted.revocations->sequence();
    if (!accepted.licence)
        return print(options.json,
                     "Verified: an update, with keyset " + std::to_string(accepted.keyset.sequence) + ".",
                     to_text(out));
    const licenses::Licence& licence = accepted.licence->licence;
    const licenses::Entitlements entitlements = judge(options, accepted, *now);
    refuse_unless_usable(licence, entitlements);
    out["state"] = to_string(entitlements.validity);
    out["reason"] = to_string(entitlements.reason);
    out["ends_at"] = time_json(entitlements.ends_at);
    out["grace_until"] = time_json(entitlements.grace_until);
    out["claims"] = json::parse(licenses::encode_licence(licence));
    print(options.json, "Verified: " + out.at("state").get<std::string>() + "\n" + out.at("claims").dump(2),
          to_text(out));
}

}  // namespace

void add_verify(CLI::App& app) {
    auto options = std::make_shared<VerifyOptions>();
    CLI::App* command =
        app.add_subcommand("verify", "Check a bundle or licence from the root down, and its period");
    command->add_option("file", options->file, "A bundle, or a licence token together with --keyset")
        ->required();
    command
        ->add_option("--root", options->roots,
                     "A trusted root: k4.public…, or a file with it; may be repeated")
        ->allow_extra_args(false)
        ->required();
    command->add_option("--keyset", options->keyset, "A keyset token, for a bare licence");
    command->add_option("--at", options->at, "Check as of this time instead of now");
    auto* here =
        command->add_flag("--here", options->here, "Check as well whether it may be used on this machine");
    command
        ->add_option("--id-file", options->id_file, "With --here: a mounted file that identifies the machine")
        ->needs(here);
    command->add_option("--installation", options->installation, "With --here: the installation's id")
        ->needs(here);
    command->add_flag("--json", options->json, "Print JSON on one line");
    command->footer(
        "Exit code 0: genuine, and valid or in grace. 1: refused, revoked, not yet valid, or expired.\n\n"
        "Examples:\n"
        "  mortise-license verify customer.license --root vendor/root.pub\n"
        "  mortise-license verify customer.license --root k4.public.… --at 2027-12-31T23:59:59Z");
    command->callback([options] { run_verify(*options); });
}

}  // namespace mortise::issuer
