# Which keys this build trusts and signs with.
#
#   MORTISE_ROOT_KEYS      k4.public keys of the licence roots: a file with one a line (# begins a comment), or a
#                          list. Unset: the development root in build/dev-root, which every start complains about.
#   MORTISE_PUBLISHER_KEY  file with the k4.secret key that signs the bundled plugins. Unset: one beside the
#                          development root.
#
# Sets MORTISE_ROOT_KEY_LIST (empty for the development root), MORTISE_DEV_ROOT and MORTISE_PUBLISHER_SECRET.
set(MORTISE_ROOT_KEYS "" CACHE STRING "Licence roots: a file with k4.public keys, or a list of them")
# The day of this version's release: a licence whose maintenance ended before does not cover it.
set(MORTISE_RELEASE_DATE "2026-11-26" CACHE STRING "Release date, YYYY-MM-DD")
set(MORTISE_PUBLISHER_KEY "" CACHE FILEPATH "File with the k4.secret key that signs the bundled plugins")

# One for all presets, so that a licence made for one works in the other.
set(MORTISE_DEV_ROOT "${CMAKE_SOURCE_DIR}/build/dev-root")
set(MORTISE_PUBLISHER_SECRET "${MORTISE_DEV_ROOT}/publisher.key")
if(MORTISE_PUBLISHER_KEY)
    set(MORTISE_PUBLISHER_SECRET "${MORTISE_PUBLISHER_KEY}")
endif()

set(MORTISE_ROOT_KEY_LIST "${MORTISE_ROOT_KEYS}")
if(MORTISE_ROOT_KEYS AND EXISTS "${MORTISE_ROOT_KEYS}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${MORTISE_ROOT_KEYS}")
    file(STRINGS "${MORTISE_ROOT_KEYS}" MORTISE_ROOT_KEY_LIST REGEX "^[^#]")
    if(NOT MORTISE_ROOT_KEY_LIST)
        message(FATAL_ERROR "MORTISE_ROOT_KEYS: ${MORTISE_ROOT_KEYS} holds no key")
    endif()
endif()
if(NOT MORTISE_RELEASE_DATE MATCHES "^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$")
    message(FATAL_ERROR "MORTISE_RELEASE_DATE: '${MORTISE_RELEASE_DATE}' is not YYYY-MM-DD")
endif()
string(REPLACE "," ";" MORTISE_ROOT_KEY_LIST "${MORTISE_ROOT_KEY_LIST}")
foreach(key IN LISTS MORTISE_ROOT_KEY_LIST)
    string(LENGTH "${key}" length)
    if(NOT key MATCHES "^k4[.]public[.][A-Za-z0-9_-]+$" OR NOT length EQUAL 53)
        message(FATAL_ERROR "MORTISE_ROOT_KEYS: '${key}' is neither a file nor a k4.public key")
    endif()
endforeach()
