# mortise_room(<name> [SOURCES …] [LINKS …] [PRIVATE_LINKS …] [TESTS …] [TEST_LINKS …])
#
# A room of the house: a folder, a namespace and a target at once. Makes the static library
# mortise_<name> from the room's sources and, from the tests that stand beside them, the program
# mortise_<name>_test, registered with ctest under the label `unit`.
function(mortise_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS;PRIVATE_LINKS;TESTS;TEST_LINKS;TEST_LABELS" ${ARGN})
    set(target mortise_${name})
    if(ROOM_SOURCES)
        add_library(${target} STATIC ${ROOM_SOURCES})
        # Every repository has its kFind and kInsert; they can't share a translation unit of a unity build.
        list(FILTER ROOM_SOURCES INCLUDE REGEX "_repository\\.cpp$")
        set_source_files_properties(${ROOM_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
        target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
        target_link_libraries(${target} PUBLIC ${ROOM_LINKS} PRIVATE mortise_warnings ${ROOM_PRIVATE_LINKS})
    else()
        add_library(${target} INTERFACE)
        target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR})
        target_link_libraries(${target} INTERFACE ${ROOM_LINKS})
    endif()
    if(BUILD_TESTING AND ROOM_TESTS)
        mortise_unit_test(${target}_test SOURCES ${ROOM_TESTS} LINKS ${target} ${ROOM_TEST_LINKS}
                          LABELS ${ROOM_TEST_LABELS})
    endif()
endfunction()

# What the sanitizers run, so that nothing else is built for them: the unit tests, and those of the rooms whose code
# several threads run at once.
add_custom_target(mortise_unit_tests)
add_custom_target(mortise_threaded_tests)
set(MORTISE_THREADED_ROOMS base telemetry storage events audit tenancy identity licensing flags host http contract)

# mortise_unit_test(<target> SOURCES … LINKS … [LABELS …]): one GoogleTest program, one ctest entry.
function(mortise_unit_test target)
    cmake_parse_arguments(TEST "" "" "SOURCES;LINKS;LABELS" ${ARGN})
    find_package(GTest REQUIRED)
    add_executable(${target} ${TEST_SOURCES})
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} PRIVATE ${TEST_LINKS} mortise_warnings GTest::gtest GTest::gmock
                          GTest::gtest_main)
    # Most of what a test takes to compile is what it includes: several at once take less than half.
    set_target_properties(${target} PROPERTIES UNITY_BUILD_BATCH_SIZE 6)
    if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
        target_compile_options(${target} PRIVATE -O0 -U_FORTIFY_SOURCE)
    endif()
    # GoogleTest's macros expand to code that these two warn of.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-useless-cast> -Wno-sign-conversion)
    add_test(NAME ${target} COMMAND ${target} --gtest_brief=1)
    add_dependencies(mortise_unit_tests ${target})
    string(REGEX REPLACE "^mortise_(.*)_test$" "\\1" room ${target})
    if(room IN_LIST MORTISE_THREADED_ROOMS)
        add_dependencies(mortise_threaded_tests ${target})
        list(APPEND TEST_LABELS threaded)
    endif()
    set_tests_properties(${target} PROPERTIES LABELS "unit;${TEST_LABELS}" TIMEOUT 900)
endfunction()
