# mortise_embed_sql(<target> <namespace> <function> <directory>)
#
# Compiles the .sql files of a directory into a target. The generated source defines
#   std::span<const mortise::storage::SqlFile> <namespace>::<function>()
# with the files in the order of their names; declare that function in a header of the room.
function(mortise_embed_sql target namespace function directory)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.sql)
    list(SORT files)
    set(entries "")
    foreach(file IN LISTS files)
        get_filename_component(name ${file} NAME)
        file(READ ${file} text)
        string(APPEND entries "    {\"${name}\", R\"mortise_sql(${text})mortise_sql\"},\n")
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
    file(WRITE ${source}.new "// Generated from ${directory}.
#include <array>
#include <span>

#include \"core/storage/migration.hpp\"

namespace ${namespace} {
std::span<const mortise::storage::SqlFile> ${function}();
std::span<const mortise::storage::SqlFile> ${function}() {
    static constexpr mortise::storage::SqlFile kFiles[] = {
${entries}    };
    return kFiles;
}
}  // namespace ${namespace}
")
    file(COPY_FILE ${source}.new ${source} ONLY_IF_DIFFERENT)
    target_sources(${target} PRIVATE ${source})
endfunction()

# mortise_postgres_test(<test program>): runs it a second time, on a PostgreSQL cluster of its own.
function(mortise_postgres_test program)
    if(NOT BUILD_TESTING)
        return()
    endif()
    add_test(NAME ${program}_postgresql
             COMMAND ${CMAKE_SOURCE_DIR}/tests/support/with_postgres $<TARGET_FILE:${program}> --gtest_brief=1)
    get_property(labels TEST ${program} PROPERTY LABELS)
    set_tests_properties(${program}_postgresql PROPERTIES LABELS "${labels};postgresql" TIMEOUT 600)
endfunction()
