# What holds for the whole build, whatever the target: language, compiler cache.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Ninja hides that a compiler writes to a terminal; without this, errors lose their colours.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fdiagnostics-color=always> $<$<CXX_COMPILER_ID:Clang>:-fcolor-diagnostics>)

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(FREEZENET_CCACHE ccache)
  if(FREEZENET_CCACHE)
    # What one checkout compiled, another one finds: paths below the root count as relative ones, and the folder of the build does not
    # count. The sloppiness is what the manual asks for with precompiled headers.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
        "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime" "${FREEZENET_CCACHE}")
  endif()
endif()
