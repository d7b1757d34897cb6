#include "licenses/issuer/handing_out.hpp"

#include "licenses/issuer/failure.hpp"
#include "licenses/issuer/output.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace mortise::issuer {
namespace {

bool is_given(const Issued& issued) {
    return issued.row.status == "active";
}

std::string say_renewal(const Issued& issued, const std::filesystem::path& file) {
    std::string text = "The renewal that waits was issued anew as " + issued.row.id + ", from " +
                       licenses::format_time(issued.row.not_before);
    if (!is_given(issued)) return text + "; it stays suspended.";
    text += ": " + (file.empty() ? "mortise-license bundle " + issued.row.id : file.string());
    return text + ". It is to be installed after the first.";
}

}  // namespace

std::filesystem::path renewal_file(const std::filesystem::path& out, std::size_t number) {
    std::filesystem::path file = out;
    file.replace_filename(out.stem().string() + ".renewal" +
                          (number > 1 ? "-" + std::to_string(number) : std::string()) +
                          out.extension().string());
    return file;
}

void check_new_files(const std::filesystem::path& out, std::size_t licences) {
    if (out.empty()) return;
    for (std::size_t i = 0; i < licences; ++i) {
        const auto file = i == 0 ? out : renewal_file(out, i);
        if (std::filesystem::exists(file))
            throw Failure("exists",
                          file.string() + " exists already and is left as it is. Choose another name.");
    }
}

void hand_out_licences(Home& home, const Common& options, const std::vector<Issued>& issued,
                       nlohmann::json facts, const std::string& text) {
    const BundleMaker bundles(home);
    std::string said = "Wrote " + options.out.string() + ": " + text;
    facts["renewals"] = nlohmann::json::array();
    for (std::size_t i = 0; i < issued.size(); ++i) {
        const Issued& one = issued[i];
        nlohmann::json renewal = {{"id", one.row.id},
                                  {"not_before", licenses::format_time(one.row.not_before)}};
        nlohmann::json& out = i == 0 ? facts : renewal;
        const auto file = i == 0 || options.out.empty() ? options.out : renewal_file(options.out, i);
        const std::string bundle = is_given(one) ? bundles.make(one.licence, one.row.token) : std::string();
        if (is_given(one) && bundles.tell_if_left_out(one.licence)) out["list_left_out"] = true;
        if (file.empty())
            out["bundle"] = bundle;
        else if (is_given(one))
            hand_out(file, bundle);
        if (!file.empty()) out["file"] = file.string();
        if (i > 0) facts["renewals"].push_back(renewal);
        const bool plain = options.out.empty() && !options.json;
        if (plain && i == 0) hand_out({}, bundle);
        if (plain && i > 0) warn(say_renewal(one, file));
        if (i > 0) said += "\n" + say_renewal(one, file);
    }
    if (options.out.empty() && !options.json) return;
    print(options.json, said, to_text(facts));
}

}  // namespace mortise::issuer
