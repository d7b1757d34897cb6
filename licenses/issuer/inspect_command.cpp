#include "licenses/document/bundle.hpp"
#include "licenses/document/paseto.hpp"
#include "licenses/document/strict_json.hpp"
#include "licenses/document/usage.hpp"
#include "licenses/document/verify.hpp"
#include "licenses/issuer/commands.hpp"
#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/files.hpp"
#include "licenses/issuer/output.hpp"

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxRows = 1'000'000;

// The claims of a payload. Long lists are told by their length: ids of a revocation list, rows of a usage
// report.
json claims_json(const std::string& payload) {
    if (const auto list = licenses::decode_revocations(payload); list.ok())
        return {{"iss", list->issuer()},
                {"iat", licenses::format_time(list->issued_at())},
                {"crl_seq", list->sequence()},
                {"ids", std::to_string(list->size()) + " ids"}};
    std::size_t rows = 0;
    json claims = take(licenses::parse_strict_json(
        payload, {.list = "rows", .max_items = kMaxRows, .max_values = 16, .take = [&](const json&) {
                      ++rows;
                      return true;
                  }}));
    if (claims.contains("rows")) claims["rows"] = std::to_string(rows) + " rows";
    return claims;
}

// What a token says, whoever signed it.
json token_json(std::string_view token, std::size_t max_bytes) {
    const auto parts = take(licenses::parse_token(token, max_bytes));
    return {{"kid", take(licenses::footer_kid(parts.footer))}, {"claims", claims_json(parts.payload)}};
}

json bundle_json(std::string_view text) {
    const auto bundle = take(licenses::parse_bundle(text));
    json out = json::object();
    for (const std::string& rotation : bundle.rotations)
        out["roots"].push_back(token_json(rotation, licenses::kMaxRootBytes));
    out["keyset"] = token_json(bundle.keyset, licenses::kMaxKeysetBytes);
    if (!bundle.revocations.empty())
        out["revocations"] = token_json(bundle.revocations, licenses::kMaxRevocationsBytes);
    if (!bundle.activation.empty())
        out["activation"] = token_json(bundle.activation, licenses::kMaxActivationBytes);
    if (!bundle.licence.empty()) out["license"] = token_json(bundle.licence, licenses::kMaxLicenceBytes);
    return out;
}

struct InspectOptions {
    std::filesystem::path file;
    bool json = false;
};

void run_inspect(const InspectOptions& options) {
    std::string text = read_file(options.file, licenses::kMaxBundleBytes);
    json out;
    if (licenses::is_bundle(text)) {
        out = bundle_json(text);
    } else {
        if (text.ends_with('\n')) text.pop_back();
        // A text that isn't a token of any type at all is soon seen; only long lists may be long.
        out["token"] = token_json(text, licenses::kMaxUsageBytes);
    }
    out["verified"] = false;
    print(options.json, "NOT VERIFIED: this is what the file says, whoever wrote it.\n" + out.dump(2),
          to_text(out));
}

}  // namespace

void add_inspect(CLI::App& app) {
    auto options = std::make_shared<InspectOptions>();
    CLI::App* command =
        app.add_subcommand("inspect", "Show what a file says: a bundle or any token; needs no keys");
    command
        ->add_option(
            "file", options->file,
            "A bundle, an update, or a token: licence, keyset, revocation list, request, usage report")
        ->required();
    command->add_flag("--json", options->json, "Print JSON on one line");
    command->footer("Example:\n  mortise-license inspect customer.license");
    command->callback([options] { run_inspect(*options); });
}

}  // namespace mortise::issuer
