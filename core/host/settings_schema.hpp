#pragma once

#include "core/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace mortise::host {

// The JSON Schema that a plugin's settings must meet (draft 7's vocabulary, by valijson). Immutable;
// thread-safe.
class SettingsSchema {
 public:
    // An empty text accepts the empty object alone. A text that is no schema is `manifest_invalid`.
    static base::Result<SettingsSchema> parse(std::string_view text, std::string_view plugin);

    SettingsSchema(SettingsSchema&&) noexcept;
    SettingsSchema& operator=(SettingsSchema&&) noexcept;
    ~SettingsSchema();

    // Error `invalid_settings` (400), with a pointer below /settings to each fault.
    base::Status check(std::string_view settings) const;

 private:
    struct Compiled;
    explicit SettingsSchema(std::unique_ptr<Compiled> compiled);
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace mortise::host
