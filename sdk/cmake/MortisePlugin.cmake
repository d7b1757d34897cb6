# mortise_add_plugin(<id> SOURCES … [DIRECTORY dir] [LINKS …])
#
# Builds the plugin <id> from a folder that holds manifest.toml and sql/ (by default the current one) and
# assembles its package: a folder with the manifest, <id>.so and the SQL, and nothing else. It is
# plugins/<id> beside the programs (CMAKE_RUNTIME_OUTPUT_DIRECTORY), or packages/<id> in the build's folder
# where that is not set. Two targets come of it:
#
#   mortise_plugin_<id>    the library; exports mortise_plugin_entry and no other symbol
#   mortise_package_<id>   the assembled folder; a signing step depends on it, and finds the folder in its
#                          property MORTISE_PACKAGE_DIRECTORY
#
# In a release build the library's debug information is in debug-symbols/<id>.so.debug of the build's folder, where
# gdb finds it by `set debug-file-directory`.
#
# The sources are also the object library mortise_plugin_<id>_objects, for unit tests to link. What LINKS
# names must be static or header-only: a package carries no other library.
function(mortise_add_plugin id)
    cmake_parse_arguments(PLUGIN "" "DIRECTORY" "SOURCES;LINKS" ${ARGN})
    if(NOT id MATCHES "^[a-z][a-z0-9]+$")
        message(FATAL_ERROR "mortise_add_plugin: the id '${id}' is not [a-z][a-z0-9]+")
    endif()
    if(NOT PLUGIN_DIRECTORY)
        set(PLUGIN_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    endif()
    set(objects mortise_plugin_${id}_objects)
    add_library(${objects} OBJECT ${PLUGIN_SOURCES})
    target_include_directories(${objects} PUBLIC "${PLUGIN_DIRECTORY}/src")
    target_link_libraries(${objects} PUBLIC mortise::sdk ${PLUGIN_LINKS})
    set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
                          C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

    set(directory "${CMAKE_BINARY_DIR}/packages/${id}")
    if(CMAKE_RUNTIME_OUTPUT_DIRECTORY)
        set(directory "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/plugins/${id}")
    endif()
    _mortise_plugin_library(${id} "${objects}" "${directory}")
    _mortise_plugin_package(${id} "${PLUGIN_DIRECTORY}" "${directory}")
endfunction()

function(_mortise_plugin_library id objects directory)
    set(target mortise_plugin_${id})
    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.version")
    add_library(${target} MODULE)
    target_link_libraries(${target} PRIVATE ${objects})
    # Visibility alone would leak weak and GNU-unique symbols of templates; the version script keeps them in.
    target_link_options(${target} PRIVATE "LINKER:--version-script=${script}" "LINKER:--exclude-libs,ALL")
    if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize" AND NOT MORTISE_SANITIZE)
        target_link_options(${target} PRIVATE "LINKER:-z,defs")  # a sanitizer's runtime is the program's
    endif()
    set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME "${id}" SUFFIX ".so" LINK_DEPENDS "${script}"
                          LIBRARY_OUTPUT_DIRECTORY "${directory}" SKIP_BUILD_RPATH ON LINKER_LANGUAGE CXX)
    # A host reads and hashes the whole library before it loads it: what only a debugger needs lies elsewhere.
    if(CMAKE_BUILD_TYPE MATCHES "^Rel" AND CMAKE_OBJCOPY)
        set(symbols "${CMAKE_BINARY_DIR}/debug-symbols")
        add_custom_command(TARGET ${target} POST_BUILD
            COMMAND ${CMAKE_COMMAND} -E make_directory "${symbols}"
            COMMAND ${CMAKE_OBJCOPY} --only-keep-debug $<TARGET_FILE:${target}> "${symbols}/${id}.so.debug"
            COMMAND ${CMAKE_OBJCOPY} --strip-debug --add-gnu-debuglink=${symbols}/${id}.so.debug
                    $<TARGET_FILE:${target}>)
    endif()
endfunction()

function(_mortise_plugin_package id source directory)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${source}" "${source}/sql/*.sql")
    list(APPEND files manifest.toml)
    # What an earlier build left there would be signed along.
    file(GLOB_RECURSE present RELATIVE "${directory}" "${directory}/sql/*.sql")
    list(REMOVE_ITEM present ${files})
    foreach(file IN LISTS present)
        file(REMOVE "${directory}/${file}")
    endforeach()
    set(copied)
    foreach(file IN LISTS files)
        add_custom_command(OUTPUT "${directory}/${file}" DEPENDS "${source}/${file}"
                           COMMAND ${CMAKE_COMMAND} -E copy "${source}/${file}" "${directory}/${file}")
        list(APPEND copied "${directory}/${file}")
    endforeach()
    add_custom_target(mortise_package_${id} ALL DEPENDS ${copied} mortise_plugin_${id})
    set_target_properties(mortise_package_${id} PROPERTIES MORTISE_PACKAGE_DIRECTORY "${directory}")
endfunction()
