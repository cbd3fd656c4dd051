# Formatting and clang-tidy: cmake -P cmake/lint.cmake
cmake_minimum_required(VERSION 3.21)
file(GLOB_RECURSE sources include/*.hpp tests/*.hpp tests/*.cpp benchmarks/*.hpp benchmarks/*.cpp examples/*.cpp)
execute_process(COMMAND clang-format --dry-run -Werror ${sources} COMMAND_ERROR_IS_FATAL ANY)
# One program that instantiates the headers; the checks are those of .clang-tidy.
execute_process(COMMAND clang-tidy --quiet tests/lint.cpp
                        -- -std=c++17 -Iinclude -isystem /usr/include/eigen3
                COMMAND_ERROR_IS_FATAL ANY ERROR_QUIET)
