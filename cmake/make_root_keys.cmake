# cmake -DROOT_KEYS=a;b -DDEV_ROOT=DIR -DPUBLISHER_PUB=FILE -DRELEASE_DATE=DATE -DOUTPUT=FILE -P make_root_keys.cmake
#
# Writes the C++ source that holds the root keys, which can be set nowhere else (core/licensing/root_keys.hpp).
# Without ROOT_KEYS they are those of the development root.
set(DEVELOPMENT false)
if(NOT ROOT_KEYS)
    set(DEVELOPMENT true)
    file(STRINGS "${DEV_ROOT}/home/root.pub" ROOT_KEYS)
endif()
file(STRINGS "${PUBLISHER_PUB}" PUBLISHER)

set(KEYS "")
foreach(key IN LISTS ROOT_KEYS)
    string(APPEND KEYS "    \"${key}\",\n")
endforeach()
set(SOURCE "// Written by cmake/make_root_keys.cmake.
#include \"core/licensing/root_keys.hpp\"

namespace mortise::licensing {
namespace {

constexpr std::string_view kRootKeys[] = {
${KEYS}};

}  // namespace

std::span<const std::string_view> root_keys() noexcept { return kRootKeys; }
bool development_root() noexcept { return ${DEVELOPMENT}; }
std::string_view bundled_publisher_key() noexcept { return \"${PUBLISHER}\"; }
std::string_view release_date() noexcept { return \"${RELEASE_DATE}\"; }

}  // namespace mortise::licensing
")
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "${SOURCE}" @ONLY)
