# Compiler settings that every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

option(MORTISE_WERROR "Treat warnings as errors" ON)
option(MORTISE_CLANG_TIDY "Run clang-tidy with the build" OFF)
option(MORTISE_FUZZ "Build the fuzz targets (clang only)" OFF)
set(MORTISE_SANITIZE "" CACHE STRING "Sanitizers for all targets, such as address,undefined or thread")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    # Without these, another checkout of the same tree would miss the cache.
    set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
        CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()

if(MORTISE_CLANG_TIDY)
    # The compile commands are gcc's, with warnings that clang does not know.
    set(CMAKE_CXX_CLANG_TIDY clang-tidy --extra-arg=-Wno-unknown-warning-option)
endif()

if(MORTISE_SANITIZE)
    add_compile_options(-fsanitize=${MORTISE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${MORTISE_SANITIZE})
endif()

# Left out: -Wmissing-field-initializers, which designated initialisers mean to do without; and
# -Wnull-dereference and -Wmaybe-uninitialized. With optimisation, gcc 12 reports both inside
# std::variant, std::string and stream iterators (gcc bugs 105562 and 105616) wherever they are inlined.
add_library(mortise_warnings INTERFACE)
target_compile_options(mortise_warnings INTERFACE
    -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wundef -Wformat=2
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi>
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wno-maybe-uninitialized>
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wuseless-cast -Wsuggest-override>
    # In a unity build a source file is an included one, where this warning is about headers.
    $<$<AND:$<BOOL:${CMAKE_UNITY_BUILD}>,$<COMPILE_LANG_AND_ID:CXX,GNU>>:-Wno-subobject-linkage>
    $<$<BOOL:${MORTISE_WERROR}>:-Werror>)
if(MORTISE_SANITIZE)
    # In instrumented code gcc 12 sees std::string written beyond its own buffer (gcc bug 105329).
    target_compile_options(mortise_warnings INTERFACE
        $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-stringop-overflow -Wno-restrict>)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
        # gcc zeroes small structs by `rep stos`, which takes longer to begin than the stores would.
        add_compile_options(-mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign)
    endif()
    add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro,-z,now)
endif()
