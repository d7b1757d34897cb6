#include "licenses/document/evaluate.hpp"
#include "licenses/document/include/mortise/license.h"
#include "licenses/document/machine.hpp"
#include "licenses/document/paserk.hpp"
#include "licenses/document/verify.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

// The C interface: each body is guarded, as no exception may cross into C.

using namespace mortise::licenses;

struct mortise_license {
    Accepted accepted;
    MachineIds machine;

    const Licence& licence() const noexcept { return accepted.licence->licence; }
    Entitlements at(Seconds now, std::span<const InstalledPlugin> plugins) const {
        Situation situation;
        situation.now = now;
        situation.keyset = &accepted.keyset;
        situation.revocations = accepted.revocations.get();
        situation.activation = accepted.activation ? &*accepted.activation : nullptr;
        situation.machine = &machine;
        situation.plugins = plugins;
        return evaluate(licence(), accepted.licence->signed_by, situation);
    }
};

namespace {

struct CodeRow {
    int code;
    RefusalCode refusal;
};
constexpr std::array kCodes = {
    CodeRow{MORTISE_LICENSE_TOO_LARGE, RefusalCode::kTooLarge},
    CodeRow{MORTISE_LICENSE_MALFORMED_TOKEN, RefusalCode::kMalformedToken},
    CodeRow{MORTISE_LICENSE_MALFORMED_BUNDLE, RefusalCode::kMalformedBundle},
    CodeRow{MORTISE_LICENSE_MALFORMED_JSON, RefusalCode::kMalformedJson},
    CodeRow{MORTISE_LICENSE_BAD_SIGNATURE, RefusalCode::kBadSignature},
    CodeRow{MORTISE_LICENSE_UNKNOWN_ROOT, RefusalCode::kUnknownRoot},
    CodeRow{MORTISE_LICENSE_UNKNOWN_KEY, RefusalCode::kUnknownKey},
    CodeRow{MORTISE_LICENSE_WRONG_USE, RefusalCode::kWrongUse},
    CodeRow{MORTISE_LICENSE_KEY_COMPROMISED, RefusalCode::kKeyCompromised},
    CodeRow{MORTISE_LICENSE_KEY_RETIRED, RefusalCode::kKeyRetired},
    CodeRow{MORTISE_LICENSE_NO_KEYSET, RefusalCode::kNoKeyset},
    CodeRow{MORTISE_LICENSE_ROOT_RETIRED, RefusalCode::kRootRetired},
    CodeRow{MORTISE_LICENSE_BAD_CLAIMS, RefusalCode::kBadClaims},
    CodeRow{MORTISE_LICENSE_UNKNOWN_CRITICAL, RefusalCode::kUnknownCritical},
    CodeRow{MORTISE_LICENSE_ISSUED_IN_FUTURE, RefusalCode::kIssuedInFuture},
};

int code_of(RefusalCode refusal) noexcept {
    for (const CodeRow& row : kCodes)
        if (row.refusal == refusal) return row.code;
    return MORTISE_LICENSE_REFUSED;
}

int fail(mortise_license_error* error, int code, std::string_view detail) noexcept {
    if (error == nullptr) return code;
    error->code = code;
    const std::size_t size = std::min(detail.size(), sizeof error->detail - 1);
    std::memcpy(error->detail, detail.data(), size);
    error->detail[size] = '\0';
    return code;
}

// Calls `body`, and gives a code for what it throws.
template <class Body>
int guarded(mortise_license_error* error, Body&& body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return fail(error, MORTISE_LICENSE_OUT_OF_MEMORY, "Out of memory.");
    } catch (...) {
        return fail(error, MORTISE_LICENSE_REFUSED, "An unexpected error.");
    }
}

bool usable(const mortise_license_options* options) noexcept {
    return options != nullptr && options->size == sizeof(mortise_license_options) &&
           options->roots != nullptr && options->root_count > 0 &&
           (options->keyset != nullptr || options->keyset_size == 0);
}

MachineIds read_machine(const mortise_license_options& options) {
    MachineSources sources;
    if (options.id_file != nullptr) sources.id_file = options.id_file;
    MachineIds machine = collect_machine(sources);
    if (options.installation != nullptr) machine["installation"].emplace_back(options.installation);
    return machine;
}

Result<std::vector<PublicKey>> read_roots(const mortise_license_options& options) {
    std::vector<PublicKey> roots;
    for (std::size_t i = 0; i < options.root_count; ++i) {
        const char* text = options.roots[i];
        auto root = public_key_from_paserk(text != nullptr ? std::string_view(text) : std::string_view());
        if (!root.ok()) return std::move(root).refusal();
        roots.push_back(*root);
    }
    return roots;
}

Result<Accepted> check(std::string_view text, const mortise_license_options& options,
                       std::span<const PublicKey> roots) {
    std::optional<Keyset> held;
    if (options.keyset != nullptr) {
        auto keyset = verify_keyset({options.keyset, options.keyset_size}, roots, options.now);
        if (!keyset.ok()) return std::move(keyset).refusal();
        held = std::move(keyset).value();
    }
    auto accepted = accept(text, {roots, {}, held ? &*held : nullptr, nullptr}, options.now);
    if (accepted.ok() && !accepted->licence)
        return Refusal{RefusalCode::kMalformedBundle, "The file is an update, which holds no licence."};
    return accepted;
}

int open_licence(std::string_view text, const mortise_license_options& options, mortise_license** license,
                 mortise_license_error* error) {
    const auto roots = read_roots(options);
    if (!roots.ok()) return fail(error, MORTISE_LICENSE_INVALID_ARGUMENT, "A root is no k4.public key.");
    auto accepted = check(text, options, *roots);
    if (!accepted.ok()) return fail(error, code_of(accepted.refusal().code), accepted.refusal().detail);
    const bool bound = accepted->licence->licence.binding.has_value();
    *license = new mortise_license{std::move(accepted).value(), bound ? read_machine(options) : MachineIds()};
    return MORTISE_LICENSE_OK;
}

std::optional<std::string> text_claim(const mortise_license& license, std::string_view claim) {
    const Licence& licence = license.licence();
    if (claim == "iss") return licence.issuer;
    if (claim == "sub") return licence.subject;
    if (claim == "jti") return licence.id;
    if (claim == "plan") return licence.plan;
    if (claim == "lic_model") return std::string(to_string(licence.model));
    if (claim == "kid") return license.accepted.licence->signed_by;
    return std::nullopt;
}

std::optional<Seconds> time_claim(const mortise_license& license, std::string_view claim) {
    const Licence& licence = license.licence();
    const auto end = end_of(licence, license.accepted.revocations.get());
    if (claim == "iat") return licence.issued_at;
    if (claim == "nbf") return licence.not_before;
    if (claim == "exp") return licence.not_after;
    if (claim == "maint_until") return licence.maintained_until;
    if (claim == "refresh_by") return licence.refresh_by;
    if (claim == "ends_at") return end;
    if (claim == "grace_until" && end) return *end + licence.grace;
    return std::nullopt;
}

}  // namespace

extern "C" {

const char* mortise_license_code_name(int code) {
    switch (code) {
        case MORTISE_LICENSE_OK:
            return "ok";
        case MORTISE_LICENSE_INVALID_ARGUMENT:
            return "invalid_argument";
        case MORTISE_LICENSE_OUT_OF_MEMORY:
            return "out_of_memory";
        case MORTISE_LICENSE_BUFFER_TOO_SMALL:
            return "buffer_too_small";
        case MORTISE_LICENSE_ABSENT:
            return "absent";
        default:
            break;
    }
    for (const CodeRow& row : kCodes)
        if (row.code == code) return to_string(row.refusal).data();
    return "refused";
}

int mortise_license_open(const char* text, size_t size, const mortise_license_options* options,
                         mortise_license** license, mortise_license_error* error) {
    if (license != nullptr) *license = nullptr;
    if (text == nullptr || license == nullptr || !usable(options))
        return fail(error, MORTISE_LICENSE_INVALID_ARGUMENT, "An argument is null or of a wrong size.");
    return guarded(error, [&] { return open_licence({text, size}, *options, license, error); });
}

void mortise_license_close(mortise_license* license) {
    delete license;
}

int mortise_license_state_at(const mortise_license* license, int64_t now, const char** reason) {
    if (reason != nullptr) *reason = "";
    if (license == nullptr) return -1;
    try {
        const Entitlements entitlements = license->at(now, {});
        if (reason != nullptr) *reason = to_string(entitlements.reason).data();
        return static_cast<int>(entitlements.validity);
    } catch (...) {
        return -1;
    }
}

int mortise_license_plugin_access(const mortise_license* license, const char* plugin, const char* version,
                                  int64_t now) {
    if (license == nullptr || plugin == nullptr) return MORTISE_LICENSE_NO_ACCESS;
    try {
        const InstalledPlugin installed{plugin, version != nullptr ? version : "", {}};
        const std::span<const InstalledPlugin> plugins(&installed, version != nullptr ? 1 : 0);
        const Entitlements entitlements = license->at(now, plugins);
        const auto found = entitlements.plugins.find(plugin);
        return found == entitlements.plugins.end() ? MORTISE_LICENSE_NO_ACCESS
                                                   : static_cast<int>(found->second.access);
    } catch (...) {
        return MORTISE_LICENSE_NO_ACCESS;
    }
}

int mortise_license_has_feature(const mortise_license* license, const char* feature) {
    if (license == nullptr || feature == nullptr) return 0;
    const auto& features = license->licence().features;
    return std::binary_search(features.begin(), features.end(), std::string_view(feature)) ? 1 : 0;
}

int mortise_license_limit(const mortise_license* license, const char* name, const char* tenant,
                          uint64_t* value) {
    if (license == nullptr || name == nullptr || value == nullptr) return MORTISE_LICENSE_INVALID_ARGUMENT;
    const auto& limits = license->licence().limits;
    const auto found = limits.find(std::string_view(name));
    if (found == limits.end()) return MORTISE_LICENSE_ABSENT;
    *value = tenant != nullptr ? found->second.of_tenant(tenant) : found->second.max;
    return MORTISE_LICENSE_OK;
}

int mortise_license_text(const mortise_license* license, const char* claim, char* buffer, size_t capacity,
                         size_t* needed) {
    if (license == nullptr || claim == nullptr || (buffer == nullptr && capacity > 0))
        return MORTISE_LICENSE_INVALID_ARGUMENT;
    return guarded(nullptr, [&]() -> int {
        const auto text = text_claim(*license, claim);
        if (!text) return MORTISE_LICENSE_ABSENT;
        if (needed != nullptr) *needed = text->size() + 1;
        if (capacity < text->size() + 1) return MORTISE_LICENSE_BUFFER_TOO_SMALL;
        std::memcpy(buffer, text->c_str(), text->size() + 1);
        return MORTISE_LICENSE_OK;
    });
}

int mortise_license_time(const mortise_license* license, const char* claim, int64_t* value) {
    if (license == nullptr || claim == nullptr || value == nullptr) return MORTISE_LICENSE_INVALID_ARGUMENT;
    const auto time = time_claim(*license, claim);
    if (!time) return MORTISE_LICENSE_ABSENT;
    *value = *time;
    return MORTISE_LICENSE_OK;
}

}  // extern "C"
