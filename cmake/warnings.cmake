# Warnings of our own programs; never of a user's.
include_guard(GLOBAL)
add_library(rectify_warnings INTERFACE)
target_compile_options(rectify_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
                                                 -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 warns of its own AVX-512 intrinsics (GCC bug 105593).
  target_compile_options(rectify_warnings INTERFACE -Wno-maybe-uninitialized -Wno-uninitialized)
endif()
