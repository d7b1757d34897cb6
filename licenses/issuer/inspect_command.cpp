#include "licenses/document/bundle.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/document/strict_json.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"

#include <iostream>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFile = licenses::kMaxKeysetBytes + licenses::kMaxLicenceBytes + 1024;

// What a token says, whoever signed it.
json token_json(std::string_view token, std::size_t max_bytes) {
    const auto parts = take(licenses::parse_token(token, max_bytes));
    return {{"kid", take(licenses::footer_kid(parts.footer))},
            {"claims", take(licenses::parse_strict_json(parts.payload))}};
}

struct InspectOptions {
    std::filesystem::path file;
    bool json = false;
};

void run_inspect(const InspectOptions& options) {
    std::string text = read_file(options.file, kMaxFile);
    json out = {{"verified", false}};
    if (text.starts_with(licenses::kBundleHeader)) {
        const auto bundle = take(licenses::parse_bundle(text));
        out["keyset"] = token_json(bundle.keyset, licenses::kMaxKeysetBytes);
        out["license"] = token_json(bundle.licence, licenses::kMaxLicenceBytes);
    } else {
        if (text.ends_with('\n')) text.pop_back();
        out["token"] = token_json(text, licenses::kMaxKeysetBytes);
    }
    print(options.json, "NOT VERIFIED: this is what the file says, whoever wrote it.\n" + out.dump(2),
          out.dump());
}

struct VerifyOptions {
    std::filesystem::path file, keyset;
    std::vector<std::string> roots;
    std::string at;
    bool json = false;
};

licenses::PublicKey read_root(const std::string& text) {
    if (text.starts_with("k4.")) return take(licenses::public_key_from_paserk(text));
    return take(licenses::public_key_from_paserk(read_line_file(text)));
}

json licence_json(const licenses::VerifiedLicence& verified, licenses::Validity validity) {
    return {{"verified", true},
            {"state", licenses::to_string(validity)},
            {"keyset_sequence", verified.keyset.sequence},
            {"claims", json::parse(licenses::encode_licence(verified.licence))}};
}

void run_verify(const VerifyOptions& options) {
    const auto now =
        options.at.empty() ? std::optional<licenses::Seconds>(unix_time()) : licenses::parse_time(options.at);
    if (!now) throw Failure("bad_option", "--at must be a time such as 2027-12-31T23:59:59Z.");
    std::vector<licenses::PublicKey> roots;
    for (const std::string& root : options.roots)
        roots.push_back(read_root(root));
    std::optional<licenses::Keyset> held;
    if (!options.keyset.empty()) {
        std::string token = read_file(options.keyset, licenses::kMaxKeysetBytes + 1);
        if (token.ends_with('\n')) token.pop_back();
        held = take(licenses::verify_keyset(token, roots, *now));
    }
    const auto verified = take(
        licenses::verify_licence(read_file(options.file, kMaxFile), roots, held ? &*held : nullptr, *now));
    const auto validity = licenses::evaluate(verified.licence, *now);
    if (validity == licenses::Validity::kNotYetValid)
        throw Failure("not_yet_valid", "The licence is genuine, but begins only at " +
                                           licenses::format_time(verified.licence.not_before) + ".");
    if (validity == licenses::Validity::kLimited)
        throw Failure("expired", "The licence is genuine, but ended at " +
                                     licenses::format_time(verified.licence.not_after.value_or(0)) + ".");
    const json out = licence_json(verified, validity);
    print(options.json, "Verified: " + out.at("state").get<std::string>() + "\n" + out.at("claims").dump(2),
          out.dump());
}

}  // namespace

void add_inspect(CLI::App& app) {
    auto options = std::make_shared<InspectOptions>();
    CLI::App* command = app.add_subcommand("inspect", "Show what a bundle or token says; needs no keys");
    command->add_option("file", options->file, "A bundle, a licence token or a keyset token")->required();
    command->add_flag("--json", options->json, "Print JSON on one line");
    command->footer("Example:\n  mortise-license inspect customer.license");
    command->callback([options] { run_inspect(*options); });
}

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
    command->add_flag("--json", options->json, "Print JSON on one line");
    command->footer(
        "Exit code 0: genuine, and valid or in grace. 1: refused, not yet valid, or expired.\n\n"
        "Examples:\n"
        "  mortise-license verify customer.license --root vendor/root.pub\n"
        "  mortise-license verify customer.license --root k4.public.… --at 2027-12-31T23:59:59Z");
    command->callback([options] { run_verify(*options); });
}

}  // namespace mortise::issuer
