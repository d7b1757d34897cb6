// Zones of the IANA database, from ICU's data.
#include "feel/temporal.hpp"

#include <unicode/strenum.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

namespace rules::feel {

namespace {

// All zones by name; each is loaded when it is first asked for. A zone's id is its place plus one.
class Zones {
 public:
    static const Zones& all() {
        static const Zones zones;
        return zones;
    }

    std::optional<std::uint16_t> find(std::string_view name) const {
        const auto at = std::lower_bound(names_.begin(), names_.end(), name);
        if (at == names_.end() || *at != name) return std::nullopt;
        return static_cast<std::uint16_t>(at - names_.begin() + 1);
    }

    std::string_view name(std::uint16_t id) const noexcept { return names_[id - 1U]; }

    const icu::TimeZone& zone(std::uint16_t id) const {
        auto& entry = loaded_[id - 1U];
        std::call_once(entry.once, [&] {
            entry.zone.reset(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(names_[id - 1U])));
        });
        return *entry.zone;
    }

 private:
    struct Loaded {
        std::once_flag once;
        std::unique_ptr<const icu::TimeZone> zone;
    };

    Zones() {
        UErrorCode status = U_ZERO_ERROR;
        const std::unique_ptr<icu::StringEnumeration> names(
            icu::TimeZone::createTimeZoneIDEnumeration(UCAL_ZONE_TYPE_ANY, nullptr, nullptr, status));
        if (U_FAILURE(status) || names == nullptr) return;
        std::int32_t length = 0;
        while (const char* name = names->next(&length, status)) {
            if (U_FAILURE(status)) break;
            names_.emplace_back(name, static_cast<std::size_t>(length));
        }
        std::sort(names_.begin(), names_.end());
        loaded_ = std::make_unique<Loaded[]>(names_.size());
    }

    std::vector<std::string> names_;
    std::unique_ptr<Loaded[]> loaded_;
};

// ICU counts milliseconds in a double, which is exact for all years that there are.
std::int32_t offset_of(std::uint16_t id, std::int64_t seconds, bool local) {
    std::int32_t standard = 0;
    std::int32_t daylight = 0;
    UErrorCode status = U_ZERO_ERROR;
    Zones::all().zone(id).getOffset(static_cast<double>(seconds) * 1000, local, standard, daylight, status);
    return U_SUCCESS(status) ? (standard + daylight) / 1000 : 0;
}

}  // namespace

std::optional<Zone> Zone::named(std::string_view id) {
    const auto found = Zones::all().find(id);
    if (!found) return std::nullopt;
    return Zone(*found, 0);
}

std::string_view Zone::name() const {
    return is_named() ? Zones::all().name(id_) : std::string_view();
}

std::int32_t Zone::offset_at_local(std::int64_t local_seconds) const {
    return is_named() ? offset_of(id_, local_seconds, true) : seconds_;
}

std::int32_t Zone::offset_at_utc(std::int64_t utc_seconds) const {
    return is_named() ? offset_of(id_, utc_seconds, false) : seconds_;
}

}  // namespace rules::feel
