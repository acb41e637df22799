# The three kinds of target that a room declares:
#
#   freezenet_library(NAME SOURCES a.cpp ... LINKS target ...)
#   freezenet_program(NAME SOURCES main.cpp LINKS target ...)
#   freezenet_test(NAME SOURCES a_test.cpp ... LINKS target ... [ONE_PROCESS] [TIMEOUT seconds])
#
# LINKS is the whole list of what the target may see: CMake passes no include path, define or library that is not in it. Our own
# folders share one include path (the repository's root), so edges between them are checked by scripts/check-includes.

# Bits are consensus: a compiler that fuses a*b+c on its own computes other ones. Warnings are what the house asks for.
function(freezenet_target_defaults name)
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE -ffp-contract=off -Wall -Wextra -Wconversion -Wshadow)
  # g++ 12 takes the frame of a coroutine for memory of another allocator when it does not inline (at -O1): a false alarm.
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
  # And at -O3 it sees std::string's operator+ copy half of the address space onto itself (GCC bug 105651), or a string's and a vector's own
  # buffer overflow in the library's code. The preset dev, at -O2, has these warnings.
  target_compile_options(${name} PRIVATE
    "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>")
  if(FREEZENET_WERROR)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(FREEZENET_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${FREEZENET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=${FREEZENET_SANITIZE})
    # What computes for long is optimised in a sanitizer's build too; all else compiles in half the time without.
    if(name MATCHES "^freezenet_(consensus|training|kernels|simulation)$")
      target_compile_options(${name} PRIVATE -O1)
    endif()
    # Clang's check of calls through pointers compares type names that C libraries do not carry.
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  endif()
  if(FREEZENET_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

function(freezenet_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_library(${name} STATIC ${arg_SOURCES})
  freezenet_target_defaults(${name})
  target_link_libraries(${name} PUBLIC ${arg_LINKS})
endfunction()

function(freezenet_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS")
  add_executable(${name} ${arg_SOURCES})
  freezenet_target_defaults(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINKS})
endfunction()

# One entry in ctest for each test case, so that a failure has a name and `ctest -R` reaches it. With ONE_PROCESS the executable is
# one entry: for what links LibTorch, whose start costs about a second each time.
# Tests run in the repository's root; its path, for test vectors and embedded data, is compiled into one file alone (tests/unit/source_dir.h),
# so that the compiler cache serves every checkout.
function(freezenet_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ONE_PROCESS" "TIMEOUT" "SOURCES;LINKS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/unit/source_dir.cpp")
  freezenet_target_defaults(${name})
  # Beside the test's own files: bin/ holds what a user runs.
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_source_files_properties("${PROJECT_SOURCE_DIR}/tests/unit/source_dir.cpp" PROPERTIES SKIP_PRECOMPILE_HEADERS ON
                              COMPILE_DEFINITIONS FREEZENET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_LINKS} GTest::gtest_main GTest::gmock)
  if(arg_ONE_PROCESS)
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT ${arg_TIMEOUT})
  else()
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
                         PROPERTIES LABELS unit TIMEOUT ${arg_TIMEOUT})
  endif()
endfunction()

if(FREEZENET_TESTS)
  include(GoogleTest)
endif()
