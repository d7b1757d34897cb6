#pragma once

#include <span>
#include <string_view>

namespace mortise::licensing {

// The keys that this program was built to trust. They are compiled in and can be set nowhere else: the source
// is written by cmake/make_root_keys.cmake. All are PASERK k4.public texts and live as long as the program.

// Roots that may sign keysets; at least one.
std::span<const std::string_view> root_keys() noexcept;

// Whether they are the development root's, whose secret lies unprotected in the build folder.
bool development_root() noexcept;

// The publisher whose key signed the bundled plugins.
std::string_view bundled_publisher_key() noexcept;

// The day on which this version was released, such as "2026-11-26" (cmake option MORTISE_RELEASE_DATE): a
// licence whose maintenance ended before doesn't cover it.
std::string_view release_date() noexcept;

}  // namespace mortise::licensing
