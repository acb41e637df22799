# 64-bit ARM from another Debian machine: the compiler is g++-aarch64-linux-gnu, programs run under qemu-user.
#
# The libraries come from CMAKE_SYSROOT, a folder into which Debian packages for arm64 were unpacked (docs/developing.md, "ARM"). It is
# the only place searched: a library of this machine would link with nothing.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

if(NOT CMAKE_SYSROOT)
  message(FATAL_ERROR "CMAKE_SYSROOT must name a folder with the ARM packages (docs/developing.md, \"ARM\")")
endif()
# CMake tries the compiler in projects of their own, which must see the same folder.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CMAKE_SYSROOT)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${CMAKE_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig")

# CTest and add_custom_command() start the programs through it.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L "${CMAKE_SYSROOT}")
